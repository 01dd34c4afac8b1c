// What other services know of an order: picks, invoices, the money ledger.
import { Anchor, Button, SegmentedControl, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { PhoneCall } from 'lucide-react';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { Money } from '../kit/Money.tsx';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useSiteName } from '../session/sites.ts';
import { money, quantity } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useOrderTexts } from './texts.ts';
import { UNDELIVERED } from './why.ts';

const PICK_STATES = ['open', 'picking', 'picked', 'packed', 'handed_over', 'put_back', 'cancelled'] as const;

function pickState(state: string): (typeof PICK_STATES)[number] {
  return PICK_STATES.find((each) => each === state) ?? 'open';
}

export function Picks({ order }: { order: string }) {
  const t = useOrderTexts();
  const siteName = useSiteName();
  const query = useQuery({
    queryKey: ['inventory', 'picks of', order],
    queryFn: () => ok(api.GET('/api/inventory/orders/{id}/picks', { params: { path: { id: order } } })),
  });
  return (
    <Panel title={t('picks')}>
      <Show query={query} rows={2}>
        {({ picks, returns }) =>
          picks.length === 0 && returns === undefined ? (
            <Text size="sm" c="dimmed">
              {t('picks.none')}
            </Text>
          ) : (
            <ul style={{ listStyle: 'none' }}>
              {picks.map((pick) => (
                <li key={pick.id} style={{ display: 'flex', justifyContent: 'space-between', gap: 8 }}>
                  <Anchor component={Link} to={paths.pick(pick.id)}>
                    {siteName(pick.site)}
                  </Anchor>
                  <Status tone={pick.state === 'handed_over' || pick.state === 'packed' ? 'good' : 'info'}>
                    {t(`pick.${pickState(pick.state)}`)}
                  </Status>
                </li>
              ))}
              {returns?.map((back) => (
                <Back key={back.id} of={back} />
              ))}
            </ul>
          )
        }
      </Show>
    </Panel>
  );
}

type Item = Schemas['ReturnItem'];

/** What comes together, each unit by itself, e.g. `3 + 0.75 kg`. */
function summed(items: readonly Item[], part: (item: Item) => number, code: string): string {
  const units = [...new Set(items.filter((item) => part(item) !== 0).map((item) => item.expected.unit))];
  const of = (unit: Item['expected']['unit']) =>
    items.filter((item) => item.expected.unit === unit).reduce((all, item) => all + part(item), 0);
  return units.map((unit) => quantity({ milli: of(unit), unit }, code)).join(' + ') || '0';
}

/** Goods that nobody took: on their way back, or what of them is back. */
function Back({ of }: { of: Schemas['ReturnView'] }) {
  const t = useOrderTexts();
  const code = locale(useLanguage());
  const siteName = useSiteName();
  const left = ({ expected, whole, damaged }: Item) => expected.milli - whole.milli - damaged.milli;
  const isWhole = of.items.every((item) => item.damaged.milli === 0 && left(item) === 0);
  const parts = {
    whole: summed(of.items, (item) => item.whole.milli, code),
    damaged: summed(of.items, (item) => item.damaged.milli, code),
    missing: summed(of.items, left, code),
  };
  return (
    <li style={{ display: 'flex', flexWrap: 'wrap', justifyContent: 'space-between', gap: 8 }}>
      <Anchor component={Link} to={paths.comingBack(of.id)}>
        {t('back', { site: siteName(of.site) })}
      </Anchor>
      {of.received_at == null ? (
        <Status tone="warning">{t('back.expected')}</Status>
      ) : isWhole ? (
        <Status tone="good">{t('back.whole')}</Status>
      ) : (
        <Status tone="bad">{t('back.partly', parts)}</Status>
      )}
    </li>
  );
}

const SHIPMENT_TONES = {
  handed_over: 'info',
  failed: 'bad',
  delivered: 'good',
  taken_back: 'warning',
  returned: 'neutral',
} as const;

/** Where the goods are once they have left for the customer's door. */
export function OnItsWay({ order }: { order: string }) {
  const t = useOrderTexts();
  const kit = useKitTexts();
  const may = useMay();
  const query = useQuery({
    queryKey: ['delivery', 'of', order],
    queryFn: () => ok(api.GET('/api/delivery/shipments', { params: { query: { order } } })),
  });
  const shipment = query.data?.shipments[0];
  if (shipment === undefined || (shipment.pick_up && shipment.owed.minor === 0)) return null;
  const reason = UNDELIVERED.find((each) => each === shipment.reason);
  return (
    <Panel title={t('shipment')}>
      <Status tone={SHIPMENT_TONES[shipment.state]}>{t(`shipment.${shipment.state}`)}</Status>
      {may('delivery.drive', shipment.site) && (
        <>
          {' '}
          <Anchor component={Link} to={paths.delivery(shipment.id)} size="sm">
            {t('shipment.show')}
          </Anchor>
        </>
      )}
      {shipment.owed.minor > 0 && <Owed shipment={shipment} />}
      {shipment.attempts > 0 && (
        <Text size="sm" mt="xs">
          {t('shipment.attempts', { n: shipment.attempts })}
          {reason !== undefined && `: ${kit(`undelivered.${reason}`).toLowerCase()}`}
        </Text>
      )}
    </Panel>
  );
}

/** The customer has the goods, and nobody has said that the money was taken: who may, records it here. */
function Owed({ shipment }: { shipment: Schemas['ShipmentView'] }) {
  const t = useOrderTexts();
  const code = locale(useLanguage());
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [tender, setTender] = useState<Schemas['Tender']>('cash');
  const collect = useCommand({
    run: () =>
      ok(
        api.POST('/api/delivery/shipments/{id}/collect', {
          params: { path: { id: shipment.id }, header: ifMatch(shipment.version) },
          body: { tender },
        }),
      ),
    touches: [['delivery'], ['orders'], ['finance']],
    onDone: () => {
      setOpen(false);
      toast('good', t('owed.done'));
    },
  });
  const price = money(shipment.owed, code);
  return (
    <>
      <p style={{ marginTop: 'var(--space-2)' }}>
        <Status tone="bad">{t('owed', { price })}</Status>
      </p>
      {(may('delivery.collect', shipment.site) || may('delivery.drive', shipment.site)) && (
        <Button variant="default" size="xs" onClick={() => setOpen(true)}>
          {t('owed.record')}
        </Button>
      )}
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('owed.record')}
        action={t('owed.took', { price })}
        isRunning={collect.isPending}
        error={collect.error}
        onConfirm={() => collect.mutate(undefined)}
      >
        <p>{t('owed.text')}</p>
        <SegmentedControl
          aria-label={t('owed.how')}
          fullWidth
          value={tender}
          data={(['cash', 'card'] as const).map((value) => ({ value, label: t(`owed.${value}`) }))}
          onChange={(value) => setTender(value === 'card' ? 'card' : 'cash')}
        />
      </Confirm>
    </>
  );
}

/** The call that somebody is to make about the order now, if there is one. */
export function Calls({ order }: { order: string }) {
  const t = useOrderTexts();
  const mayWork = useMay()('contact.work');
  const { data } = useQuery({
    queryKey: ['contact', 'of', order],
    queryFn: async () => (await ok(api.GET('/api/contact/calls', { params: { query: { order, limit: 10 } } }))).calls,
    enabled: mayWork,
  });
  const open = data?.find((call) => call.state !== 'closed');
  if (open === undefined) return null;
  return (
    <Button
      component={Link}
      to={paths.call(open.id)}
      variant="default"
      leftSection={<PhoneCall size={16} aria-hidden />}
    >
      {t('call')}
    </Button>
  );
}

/** What the customer was written about the order. */
export function Messages({ order }: { order: string }) {
  const t = useOrderTexts();
  const { data } = useQuery({
    queryKey: ['notices', 'of', order],
    queryFn: async () =>
      (await ok(api.GET('/api/notices/messages', { params: { query: { order, limit: 20 } } }))).messages,
  });
  const sent = (data ?? []).filter((message) => message.subject != null);
  if (sent.length === 0) return null;
  return (
    <Panel title={t('messages')}>
      <ul style={{ listStyle: 'none' }}>
        {sent.map((message) => (
          <li key={message.id} style={{ display: 'flex', justifyContent: 'space-between', gap: 8 }}>
            <Anchor component={Link} to={paths.message(message.id)}>
              {message.subject}
            </Anchor>
            <span className="soft">
              <When at={message.sent_at ?? message.created_at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function Documents({ order }: { order: string }) {
  const t = useOrderTexts();
  const query = useFinance(order);
  return (
    <Panel title={t('documents')}>
      <Show query={query} rows={2}>
        {({ invoices }) =>
          invoices.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('documents.none')}
            </Text>
          ) : (
            <ul style={{ listStyle: 'none' }}>
              {invoices.map((invoice) => (
                <li key={invoice.id} style={{ display: 'flex', justifyContent: 'space-between', gap: 8 }}>
                  <Anchor component={Link} to={paths.invoice(invoice.id)}>
                    {t(`document.${invoice.kind}`)} {invoice.number}
                  </Anchor>
                  <Money value={invoice.total} />
                </li>
              ))}
            </ul>
          )
        }
      </Show>
    </Panel>
  );
}

function useFinance(order: string) {
  return useQuery({
    queryKey: ['finance', 'of', order],
    queryFn: () => ok(api.GET('/api/finance/orders/{id}', { params: { path: { id: order } } })),
  });
}

/** The double-entry postings that concern an order; debit and credit of each sum to the same. */
export function Ledger({ order }: { order: string }) {
  const t = useOrderTexts();
  const query = useFinance(order);
  return (
    <Panel title={t('ledger')} flush>
      <Show query={query} rows={3}>
        {({ postings }) =>
          postings.length === 0 ? (
            <Text size="sm" c="dimmed" p="md">
              {t('ledger.none')}
            </Text>
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('when')}</Table.Th>
                  <Table.Th>{t('account')}</Table.Th>
                  <Table.Th ta="end">{t('debit')}</Table.Th>
                  <Table.Th ta="end">{t('credit')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {postings.flatMap((posting) =>
                  posting.entries.map((entry, at) => (
                    <Table.Tr key={`${posting.id} ${String(at)}`}>
                      <Table.Td>{at === 0 && <When at={posting.at} />}</Table.Td>
                      <Table.Td>
                        {entry.number} {entry.account != null && t(`account.${entry.account}`)}
                      </Table.Td>
                      <Table.Td ta="end">{entry.amount.minor > 0 && <Money value={entry.amount} />}</Table.Td>
                      <Table.Td ta="end">
                        {entry.amount.minor < 0 && <Money value={{ ...entry.amount, minor: -entry.amount.minor }} />}
                      </Table.Td>
                    </Table.Tr>
                  )),
                )}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
    </Panel>
  );
}
