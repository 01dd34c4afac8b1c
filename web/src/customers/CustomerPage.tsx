// One customer: how to reach them, what they agreed to, what was noted, what they ordered, what was done with their data, and who
// may be the same person.
import { Anchor, Button, Menu, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { CustomFields } from '../kit/CustomFields.tsx';
import { DetailPage, Facts, Panel, Timeline } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Empty, Show } from '../kit/states.tsx';
import { OrderStatus, Status } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useMay } from '../session/session.ts';
import { Consents, Notes } from './customer-panels.tsx';
import { EditCustomer } from './EditCustomer.tsx';
import { EraseCustomer, exportCustomer } from './EraseCustomer.tsx';
import { Likely } from './merge.tsx';
import { useCustomerTexts } from './texts.ts';

type Customer = Schemas['CustomerView'];

export function CustomerPage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['customers', id],
    queryFn: () => ok(api.GET('/api/customers/{id}', { params: { path: { id } } })),
    meta: { live: ['customers'] },
  });
  return <Show query={query}>{(customer) => <CustomerScreen customer={customer} />}</Show>;
}

function CustomerScreen({ customer }: { customer: Customer }) {
  const t = useCustomerTexts();
  const may = useMay();
  const isKnown = customer.status === 'active' || customer.status === 'blocked';
  const title = isKnown ? customer.name : t(customer.status);
  return (
    <DetailPage
      title={title}
      back={{ to: paths.customers, label: t('back') }}
      status={
        <>
          {customer.status !== 'active' && <Status tone="warning">{t(customer.status)}</Status>}
          {customer.tags.map((tag) => (
            <Status key={tag} tone="neutral">
              {tag}
            </Status>
          ))}
        </>
      }
      actions={isKnown && <Actions customer={customer} />}
      side={
        isKnown && (
          <>
            <Contact customer={customer} />
            <CustomerFields customer={customer} />
            <Consents customer={customer} canNote={may('customers.edit')} />
            <Notes customer={customer} canNote={may('customers.edit')} />
          </>
        )
      }
    >
      {customer.merged_into != null && (
        <Panel title={t('merged')}>
          <Text>
            {t('merged.text')}{' '}
            <Anchor component={Link} to={paths.customer(customer.merged_into)}>
              {t('merged.open')}
            </Anchor>
          </Text>
        </Panel>
      )}
      {customer.status === 'erased' && (
        <Panel title={t('erased')}>
          <Text>{t('erased.text')}</Text>
        </Panel>
      )}
      {isKnown && <Likely customer={customer} />}
      <Orders customer={customer.id} />
      <History customer={customer.id} />
    </DetailPage>
  );
}

function Actions({ customer }: { customer: Customer }) {
  const t = useCustomerTexts();
  const may = useMay();
  const navigate = useNavigate();
  const [open, setOpen] = useState<'edit' | 'erase'>();
  const close = () => setOpen(undefined);
  return (
    <>
      {may('customers.erase') && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<ChevronDown size={16} aria-hidden />}>
              {t('data')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void exportCustomer(customer)}>{t('export')}</Menu.Item>
            <Menu.Item color="bad" onClick={() => setOpen('erase')}>
              {t('erase')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {may('orders.sell') && customer.status === 'active' && (
        <Button
          variant="default"
          onClick={() => void navigate({ to: paths.phoneOrder, search: { customer: customer.id } })}
        >
          {t('order')}
        </Button>
      )}
      {may('customers.edit') && <Button onClick={() => setOpen('edit')}>{t('edit')}</Button>}
      {open === 'edit' && <EditCustomer customer={customer} onClose={close} />}
      {open === 'erase' && <EraseCustomer customer={customer} onClose={close} />}
    </>
  );
}

function CustomerFields({ customer }: { customer: Customer }) {
  const mayEdit = useMay()('customers.edit');
  const t = useKitTexts();
  const set = useCommand({
    run: (fields: Customer['fields']) => {
      const { name, phone, email, language, addresses, refs, tags, also_at } = customer;
      const status = customer.status === 'blocked' ? ('blocked' as const) : ('active' as const);
      return ok(
        api.PUT('/api/customers/{id}', {
          params: { path: { id: customer.id }, header: ifMatch(customer.version) },
          body: {
            name,
            phone: phone ?? null,
            email: email ?? null,
            language,
            addresses,
            refs,
            tags,
            fields,
            also_at,
            status,
          },
        }),
      );
    },
    touches: [['customers']],
    onDone: () => toast('good', t('fields.kept')),
  });
  return <CustomFields fields={customer.fields} set={mayEdit ? set : undefined} />;
}

function Contact({ customer }: { customer: Customer }) {
  const t = useCustomerTexts();
  const reach = (at: string) => (
    <Anchor key={at} href={at.includes('@') ? `mailto:${at}` : `tel:${at}`} display="block">
      {at}
    </Anchor>
  );
  const language = customer.language === 'uk' ? t('language.uk') : customer.language === 'en' ? t('language.en') : '';
  return (
    <Panel title={t('contact')}>
      <Facts
        of={[
          [t('phone'), customer.phone != null && reach(customer.phone)],
          [t('email'), customer.email != null && reach(customer.email)],
          [t('also'), customer.also_at.length > 0 && customer.also_at.map(reach)],
          [t('language'), language || customer.language],
          [
            t('addresses'),
            customer.addresses.length > 0 &&
              customer.addresses.map((address) => {
                const lines = [...address.lines, [address.postcode, address.city].filter(Boolean).join(' ')];
                const text = lines.filter(Boolean).join(', ');
                return <div key={text}>{text}</div>;
              }),
          ],
          [t('refs'), customer.refs.map((ref) => `${ref.system} ${ref.id}`).join(', ')],
          [t('since'), <When key="s" at={customer.made_at} />],
        ]}
      />
    </Panel>
  );
}

function Orders({ customer }: { customer: string }) {
  const t = useCustomerTexts();
  const kit = useKitTexts();
  const query = useQuery({
    queryKey: ['customers', customer, 'orders'],
    queryFn: () =>
      ok(api.GET('/api/customers/{id}/orders', { params: { path: { id: customer }, query: { limit: 50 } } })),
    meta: { live: ['customers', 'orders'] },
  });
  return (
    <Panel title={t('orders')} flush>
      <Show query={query}>
        {({ orders }) =>
          orders.length === 0 ? (
            <Empty title={t('no-orders')} />
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('order.number')}</Table.Th>
                  <Table.Th>{t('order.placed')}</Table.Th>
                  <Table.Th visibleFrom="xs">{t('order.channel')}</Table.Th>
                  <Table.Th>{t('order.state')}</Table.Th>
                  <Table.Th ta="end">{t('order.total')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
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
                    <Table.Td visibleFrom="xs">{kit(`channel.${order.channel}`)}</Table.Td>
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

const KINDS = ['customer_set', 'note_added', 'consent_noted', 'customer_merged', 'customer_erased'] as const;

function History({ customer }: { customer: string }) {
  const t = useCustomerTexts();
  const name = usePeople();
  const query = useQuery({
    queryKey: ['customers', customer, 'history'],
    queryFn: () => ok(api.GET('/api/customers/{id}/history', { params: { path: { id: customer } } })),
  });
  const said = (kind: string, version: number) => {
    const known = KINDS.find((each) => each === kind);
    if (known === undefined) return kind;
    return known === 'customer_set' && version === 1 ? t('did.made') : t(`did.${known}`);
  };
  return (
    <Panel title={t('history')}>
      <Show query={query}>
        {({ entries }) => (
          <Timeline
            entries={[...entries].reverse().map((entry) => ({
              key: String(entry.version),
              what: said(entry.kind, entry.version),
              meta: (
                <>
                  {name(entry.by)} · <When at={entry.at} both />
                </>
              ),
            }))}
          />
        )}
      </Show>
    </Panel>
  );
}
