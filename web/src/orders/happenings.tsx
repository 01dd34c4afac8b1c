// What other services know to have happened to an order: calls, picking, its way to the customer, documents, money. Each service is
// asked for its own, at once and only by who may see it, so that none has to know another; the page puts them in the order of time.
import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { useProductNames } from '../kit/products.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { When } from '../kit/When.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useSiteName } from '../session/sites.ts';
import { useOrderTexts } from './texts.ts';
import { UNDELIVERED } from './why.ts';

export type Happening = Schemas['Happening'];

const KINDS = [
  'call_opened',
  'call_escalated',
  'attempt_made',
  'callback_set',
  'call_ended',
  'pick_opened',
  'pick_amended',
  'pick_taken',
  'pick_finished',
  'pick_short',
  'pick_packed',
  'order_unpacked',
  'pick_handed_over',
  'pick_cancelled',
  'pick_put_back',
  'return_expected',
  'return_received',
  'shipment_made',
  'shipment_delivered',
  'shipment_paid',
  'delivery_failed',
  'shipment_taken_back',
  'shipment_returned',
  'invoice_issued',
  'credit_note_issued',
  'payment_taken',
  'capture_declined',
  'payment_undone',
  'payment_refunded',
  'refund_declined',
] as const;

/** How something went, or why. Codes of one word mean the same wherever they come from. */
const REASONS = [
  'confirm',
  'resolve',
  'resolve_again',
  'agree',
  'pay',
  'reached',
  'no_answer',
  'busy',
  'wrong_number',
  'asked',
  'confirmed',
  'cancelled',
  'resolved',
  'overtaken',
  'drop',
  'substitute',
  'agent',
  'insufficient_funds',
] as const;

/** Where to ask, the permission that it needs, and what one of its things is called in an address. */
const SOURCES = [
  ['contact', 'contact.work', (id: string) => ok(api.GET('/api/contact/orders/{id}/history', at(id)))],
  ['inventory', 'inventory.read', (id: string) => ok(api.GET('/api/inventory/orders/{id}/history', at(id)))],
  ['delivery', 'delivery.read', (id: string) => ok(api.GET('/api/delivery/orders/{id}/history', at(id)))],
  ['finance', 'finance.read', (id: string) => ok(api.GET('/api/finance/orders/{id}/history', at(id)))],
  ['payments', 'payments.read', (id: string) => ok(api.GET('/api/payments/orders/{id}/history', at(id)))],
] as const;

const at = (id: string) => ({ params: { path: { id } } });

/** All that the services tell this person; what they may not see is left out. `error`: a service could not be asked. */
export function useHappenings(order: string): { entries: Happening[]; isPending: boolean; error: unknown } {
  const may = useMay();
  const asked = useQueries({
    queries: SOURCES.map(([service, permission, ask]) => ({
      queryKey: [service, 'history of', order],
      queryFn: async () => {
        try {
          return (await ask(order)).entries;
        } catch (error) {
          // At this site they may not, though they may at another.
          if (isProblem(error, 'kit/forbidden')) return [];
          throw error;
        }
      },
      enabled: may(permission),
    })),
  });
  return {
    entries: asked.flatMap(({ data }) => data ?? []),
    isPending: asked.some(({ isLoading }) => isLoading),
    error: asked.find(({ error }) => error !== null)?.error ?? null,
  };
}

/** What happened, in words, with what was said, missing, paid. */
export function Happened({ of }: { of: Happening }) {
  const t = useOrderTexts();
  const kit = useKitTexts();
  const siteName = useSiteName();
  const name = useProductNames(of.goods?.map(({ product }) => product) ?? []);
  const kind = KINDS.find((each) => each === of.kind);
  const why = REASONS.find((each) => each === of.reason);
  const undelivered = UNDELIVERED.find((each) => each === of.reason);
  const said = why !== undefined ? t(`went.${why}`) : undelivered !== undefined && kit(`undelivered.${undelivered}`);
  return (
    <>
      {kind === undefined ? of.kind : t(`happened.${kind}`)}
      <Subject of={of} />
      <div className="soft">
        {said !== false && <div>{said}</div>}
        {of.until != null && (
          <div>
            {t('happened.until')} <When at={of.until} exact />
          </div>
        )}
        {of.goods?.map(({ product, quantity }) => (
          <div key={product}>
            {name(product)}: <Quantity value={quantity} />
          </div>
        ))}
        {of.parcels != null && <div>{t('happened.parcels', { n: of.parcels })}</div>}
        {of.amount != null && (
          <div>
            <Money value={of.amount} />
          </div>
        )}
        {of.site != null && of.kind.startsWith('pick_') && <div>{siteName(of.site)}</div>}
        {of.note != null && <div>“{of.note}”</div>}
      </div>
    </>
  );
}

/** A document leads to itself. */
function Subject({ of }: { of: Happening }) {
  if (of.number == null) return null;
  return (
    <>
      {' '}
      <Link to={paths.invoice(of.entity)}>{of.number}</Link>
    </>
  );
}
