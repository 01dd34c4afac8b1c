// What happened to an order, from its journal: what, who, when, why.
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { Panel, Timeline } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { Show } from '../kit/states.tsx';
import { When } from '../kit/When.tsx';
import { usePeople } from '../session/people.ts';
import { useSiteName } from '../session/sites.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
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
  'contact_erased',
] as const;

export function History({ order }: { order: string }) {
  const t = useOrderTexts();
  const person = usePeople();
  const query = useQuery({
    queryKey: ['orders', order, 'history'],
    queryFn: () => ok(api.GET('/api/orders/{id}/history', { params: { path: { id: order } } })),
  });
  const named = (kind: string) => {
    const known = KINDS.find((each) => each === kind);
    return known === undefined ? kind : t(`did.${known}`);
  };
  return (
    <Panel title={t('history')}>
      <Show query={query}>
        {({ entries }) => (
          <Timeline
            entries={[...entries].reverse().map((entry) => ({
              key: String(entry.version),
              what: (
                <>
                  {named(entry.kind)}
                  <Details of={entry} />
                </>
              ),
              meta: (
                <>
                  {person(entry.actor)} · <When at={entry.at} both />
                </>
              ),
            }))}
          />
        )}
      </Show>
    </Panel>
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
          {line.name}: {line.before == null ? '–' : <Quantity value={line.before} />} →{' '}
          {line.after == null ? '–' : <Quantity value={line.after} />} · {siteName(line.site)}
        </div>
      ))}
    </div>
  );
}
