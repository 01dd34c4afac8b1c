// One customer: how to reach them, what was noted, what they ordered.
import { Anchor, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok, type Schemas } from '../api/client.ts';
import { DetailPage, Facts, Panel } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Empty, Show } from '../kit/states.tsx';
import { OrderStatus, Status } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useCustomerTexts } from './texts.ts';

type Customer = Schemas['CustomerView'];

export function CustomerPage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['customers', id],
    queryFn: () => ok(api.GET('/api/customers/{id}', { params: { path: { id } } })),
  });
  return <Show query={query}>{(customer) => <CustomerScreen customer={customer} />}</Show>;
}

function CustomerScreen({ customer }: { customer: Customer }) {
  const t = useCustomerTexts();
  const name = usePeople();
  return (
    <DetailPage
      title={customer.name === '' ? t('erased') : customer.name}
      back={{ to: paths.customers, label: t('back') }}
      status={customer.status !== 'active' && <Status tone="warning">{t(customer.status)}</Status>}
      side={
        <>
          <Panel title={t('contact')}>
            <Facts
              of={[
                [
                  t('phone'),
                  customer.phone != null && (
                    <Anchor key="p" href={`tel:${customer.phone}`}>
                      {customer.phone}
                    </Anchor>
                  ),
                ],
                [
                  t('email'),
                  customer.email != null && (
                    <Anchor key="e" href={`mailto:${customer.email}`}>
                      {customer.email}
                    </Anchor>
                  ),
                ],
                [t('language'), customer.language],
                [
                  t('addresses'),
                  customer.addresses
                    .map((address) => [...address.lines, address.city].filter(Boolean).join(', '))
                    .join(' · '),
                ],
                [t('advertise'), t(customer.may_advertise ? 'advertise.yes' : 'advertise.no')],
                [t('tags'), customer.tags.join(', ')],
                [t('since'), <When key="s" at={customer.made_at} />],
              ]}
            />
          </Panel>
          <Panel title={t('notes')}>
            {customer.notes.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t('notes.none')}
              </Text>
            ) : (
              <Stack gap="xs">
                {customer.notes.map((note) => (
                  <div key={`${note.at} ${note.text}`}>
                    <Text size="sm">{note.text}</Text>
                    <Text size="xs" c="dimmed">
                      {name(note.by)} · <When at={note.at} />
                    </Text>
                  </div>
                ))}
              </Stack>
            )}
          </Panel>
        </>
      }
    >
      <Orders customer={customer.id} />
    </DetailPage>
  );
}

function Orders({ customer }: { customer: string }) {
  const t = useCustomerTexts();
  const query = useQuery({
    queryKey: ['customers', customer, 'orders'],
    queryFn: () =>
      ok(api.GET('/api/customers/{id}/orders', { params: { path: { id: customer }, query: { limit: 50 } } })),
  });
  return (
    <Panel title={t('orders')} flush>
      <Show query={query}>
        {({ orders }) =>
          orders.length === 0 ? (
            <Empty title={t('no-orders')} />
          ) : (
            <Table>
              <Table.Tbody>
                {orders.map((order) => (
                  <Table.Tr key={order.order}>
                    <Table.Td>
                      <Anchor component={Link} to={paths.order(order.order)}>
                        {order.number}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <When at={order.placed_at} />
                    </Table.Td>
                    <Table.Td>
                      <OrderStatus state={order.state} />
                    </Table.Td>
                    <Table.Td ta="end">
                      <Money value={order.total} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
    </Panel>
  );
}
