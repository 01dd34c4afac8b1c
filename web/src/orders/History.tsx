// What happened to an order, from the journals of all who had to do with it: what, who, when, why; the newest first.
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { Panel, Timeline } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { useProductNames } from '../kit/products.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { When } from '../kit/When.tsx';
import { usePeople } from '../session/people.ts';
import { useSiteName } from '../session/sites.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { Happened, useHappenings, type Happening } from './happenings.tsx';
import { useOrderTexts } from './texts.ts';
import { useWhy } from './why.ts';

type Entry = Schemas['HistoryEntry'];
const KINDS = [
  'order_placed',
  'order_secured',
  'payment_asked',
  'payment_noted',
  'give_back_asked',
  'order_confirmed',
  'edit_started',
  'edit_refused',
  'order_edited',
  'release_started',
  'release_failed',
  'release_late',
  'order_released',
  'order_delivered',
  'order_cancelled',
  'order_returned',
  'fields_set',
  'contact_erased',
] as const;

/** An entry of the order's own history, or of another service's. */
type Told = { of: 'order'; entry: Entry } | { of: 'service'; entry: Happening };

export function History({ order }: { order: string }) {
  const t = useOrderTexts();
  const person = usePeople();
  const query = useQuery({
    queryKey: ['orders', order, 'history'],
    queryFn: () => ok(api.GET('/api/orders/{id}/history', { params: { path: { id: order } } })),
  });
  const others = useHappenings(order);
  return (
    <Panel title={t('history')}>
      <Show query={query}>
        {({ entries }) => (
          <>
            {others.error !== null && <ProblemView error={others.error} />}
            <Timeline
              entries={inOrder(entries, others.entries).map(({ of, entry }) => ({
                key: of === 'order' ? String(entry.version) : `${entry.entity} ${String(entry.version)}`,
                what: of === 'order' ? <Own of={entry} /> : <Happened of={entry} />,
                meta: (
                  <>
                    {person(entry.actor)} · <When at={entry.at} both />
                  </>
                ),
              }))}
            />
          </>
        )}
      </Show>
    </Panel>
  );
}

/** What the order tells itself as well: said once, unless another person did it there. */
const ECHOES: Record<string, string> = {
  pick_handed_over: 'order_released',
  shipment_made: 'order_released',
  shipment_delivered: 'order_delivered',
  payment_taken: 'payment_noted',
};

function isEcho(of: Happening, own: readonly Entry[]): boolean {
  return own.some(
    ({ kind, actor }) => kind === ECHOES[of.kind] && (of.actor.startsWith('service:') || of.actor === actor),
  );
}

/** All of it, the newest first; of one moment the order's own last, which followed from the others. */
function inOrder(own: readonly Entry[], others: readonly Happening[]): Told[] {
  const heard = others.filter((entry) => !isEcho(entry, own));
  const all: Told[] = [
    ...heard.map((entry): Told => ({ of: 'service', entry })),
    ...own.map((entry): Told => ({ of: 'order', entry })),
  ];
  const moment = ({ entry }: Told) => entry.at.replace('Z', '').padEnd(26, '0');
  return all.sort((a, b) => (moment(a) < moment(b) ? -1 : moment(a) > moment(b) ? 1 : 0)).reverse();
}

function Own({ of }: { of: Entry }) {
  const t = useOrderTexts();
  const known = KINDS.find((each) => each === of.kind);
  return (
    <>
      {known === undefined ? of.kind : t(`did.${known}`)}
      <Details of={of} />
    </>
  );
}

/** What is paid at the door or by invoice is reserved nowhere. */
function hasProvider({ method, state }: NonNullable<Entry['payment']>): boolean {
  return method.startsWith('card') || state === 'captured';
}

function Details({ of }: { of: Entry }) {
  const t = useOrderTexts();
  const code = locale(useLanguage());
  const siteName = useSiteName();
  const why = useWhy();
  const changed = of.lines?.filter((line) => line.before != null || of.kind === 'order_edited') ?? [];
  const name = useProductNames(changed.map((line) => line.product));
  return (
    <div className="soft">
      {of.reason != null && <div>{why(of.reason, of.kind === 'order_returned')}</div>}
      {of.collected != null && (
        <div>{t(`paid-at-counter.${of.collected.by}`, { price: money(of.collected.amount, code) })}</div>
      )}
      {of.payment != null && (
        <div>
          <Money value={of.payment.amount} />
          {hasProvider(of.payment) && ` · ${t(`payment.${of.payment.state}`)}`}
          {of.payment.decline === 'insufficient_funds' && `, ${t('payment.insufficient_funds')}`}
        </div>
      )}
      {changed.map((line) => (
        <div key={`${line.product} ${line.site}`}>
          {name(line.product, line.name)}: {line.before == null ? '–' : <Quantity value={line.before} />} →{' '}
          {line.after == null ? '–' : <Quantity value={line.after} />} · {siteName(line.site)}
        </div>
      ))}
    </div>
  );
}
