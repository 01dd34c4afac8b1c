// How far an order is, from the moment it is placed: confirmed, packed, on its way, delivered; or fetched; or cancelled. Whoever
// knows the order's id may see it, and is told live by the order, by those who pick its goods and by those who bring them.
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { When } from '../kit/When.tsx';
import forms from './checkout.module.css';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

type State = Schemas['OrderState'];
/** What was told is not lost; this is for a connection that nobody noticed to be gone. */
const LOOK_MS = 60_000;

export function useProgress(id: string) {
  return useQuery({
    queryKey: ['shop', 'progress', id],
    queryFn: () => ok(api.GET('/api/orders/{id}/progress', { params: { path: { id } } })),
    meta: { live: [`orders:${id}`] },
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data.state) ? false : LOOK_MS),
  });
}

function isOver(state: State): boolean {
  return state === 'delivered' || state === 'cancelled' || state === 'returned';
}

/** Where the goods are in the store. */
function usePicked(id: string, state: State) {
  return useQuery({
    queryKey: ['shop', 'picked', id],
    queryFn: () => ok(api.GET('/api/inventory/orders/{id}/progress', { params: { path: { id } } })),
    meta: { live: [`orders:${id}`, `inventory:${id}`] },
    refetchInterval: state === 'placed' || state === 'confirmed' ? LOOK_MS : false,
  });
}

/** Where the goods are once they have left; `null` before. */
function useTracking(id: string, state: State) {
  return useQuery({
    queryKey: ['shop', 'tracking', id],
    queryFn: async () => {
      try {
        return await ok(api.GET('/api/delivery/tracking/{order}', { params: { path: { order: id } } }));
      } catch (error) {
        if (isProblem(error, 'kit/not-found')) return null;
        throw error;
      }
    },
    meta: { live: [`orders:${id}`, `delivery:${id}`] },
    enabled: state === 'released' || state === 'delivered',
    refetchInterval: state === 'released' ? LOOK_MS : false,
  });
}

interface Step {
  name: 'placed' | 'confirmed' | 'packed' | 'ready' | 'under-way' | 'delivered' | 'fetched' | 'cancelled' | 'returned';
  at: string | undefined;
  isDone: boolean;
  note?: string | undefined;
}

/** How many of confirmed, packed, handed over and delivered an order in this state has behind it. */
const FAR: Record<State, number> = {
  awaiting_payment: 0,
  placed: 0,
  confirmed: 1,
  releasing: 2,
  released: 3,
  delivered: 4,
  cancelled: 0,
  returned: 3,
};

export function Steps({ of }: { of: Schemas['OrderProgress'] }) {
  const t = useShopTexts();
  const picked = usePicked(of.order, of.state).data;
  const tracking = useTracking(of.order, of.state).data;
  const at = (state: State) => of.steps.findLast((step) => step.state === state)?.at;
  const failed = tracking?.state === 'failed';
  const left = at('released') ?? tracking?.steps[0]?.at;
  const isPacked = FAR[of.state] >= 2 || picked?.packed_at != null;
  const far =
    of.state === 'delivered' || (of.pick_up && of.state === 'released')
      ? 4
      : isPacked
        ? Math.max(2, FAR[of.state])
        : FAR[of.state];
  const steps: Step[] =
    of.state === 'cancelled'
      ? [
          { name: 'placed', at: of.steps[0]?.at, isDone: true },
          { name: 'cancelled', at: at('cancelled'), isDone: true },
        ]
      : of.state === 'returned'
        ? [
            { name: 'placed', at: of.steps[0]?.at, isDone: true },
            { name: 'under-way', at: left, isDone: true },
            { name: 'returned', at: at('returned'), isDone: true },
          ]
        : [
            { name: 'placed', at: of.steps[0]?.at, isDone: true },
            { name: 'confirmed', at: at('confirmed'), isDone: far >= 1 },
            {
              name: of.pick_up ? 'ready' : 'packed',
              at: picked?.packed_at ?? undefined,
              isDone: far >= 2,
              note: far === 1 && picked?.begun === true ? t('step.picking') : undefined,
            },
            ...(of.pick_up
              ? [{ name: 'fetched' as const, at: left ?? at('delivered'), isDone: far >= 4 }]
              : [
                  {
                    name: 'under-way' as const,
                    at: left,
                    isDone: far >= 3,
                    note: failed ? t('step.failed') : undefined,
                  },
                  { name: 'delivered' as const, at: at('delivered'), isDone: far >= 4 },
                ]),
          ];
  const current = steps.findLastIndex((step) => step.isDone);
  return (
    <ol className={`${classes['panel']} ${forms['progress']}`} aria-label={t('progress')}>
      {steps.map((step, index) => (
        <li key={step.name} data-done={step.isDone} aria-current={index === current ? 'step' : undefined}>
          <span>
            {t(`step.${step.name}`)}
            {step.note !== undefined && <span className="soft"> – {step.note}</span>}
          </span>
          {step.at !== undefined && step.isDone && (
            <span className="soft">
              <When at={step.at} />
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}
