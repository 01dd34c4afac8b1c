// One order: lines, money, delivery, documents, what happened, and its place on the procedure's diagram. The example to copy for a
// detail page with a command.
import { Button, Select, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { useCommand } from '../api/queries.ts';
import { CustomFields, type CustomFieldsProps } from '../kit/CustomFields.tsx';
import { DetailPage, Facts, Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { usePageId } from '../kit/pageId.ts';
import { useProductNames } from '../kit/products.ts';
import { Show } from '../kit/states.tsx';
import { OrderStatus } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useSiteName } from '../session/sites.ts';
import { Calls, Documents, Ledger, Messages, OnItsWay, Picks } from './order-panels.tsx';
import { History } from './History.tsx';
import { Procedure } from './Procedure.tsx';
import { useOrderTexts } from './texts.ts';
import { useWhy } from './why.ts';

export function OrderPage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['orders', id],
    queryFn: () => ok(api.GET('/api/orders/{id}', { params: { path: { id } } })),
  });
  return <Show query={query}>{(order) => <Order order={order} />}</Show>;
}

function Order({ order }: { order: Schemas['OrderView'] }) {
  const t = useOrderTexts();
  const kit = useKitTexts();
  const may = useMay();
  const siteName = useSiteName();
  const why = useWhy();
  const productName = useProductNames(order.lines.map((line) => line.product));
  const canCancel = may('orders.cancel') && ['awaiting_payment', 'placed', 'confirmed'].includes(order.state);
  return (
    <DetailPage
      title={t('order', { number: order.number })}
      back={{ to: paths.orders, label: t('title') }}
      status={<OrderStatus state={order.state} />}
      actions={
        <>
          <Calls order={order.id} />
          {canCancel && <Cancel order={order} />}
        </>
      }
      side={
        <>
          <Panel title={t('money')}>
            <Facts
              of={[
                [t('goods'), <Money key="goods" value={order.totals.goods} />],
                [t('delivery'), <Money key="delivery" value={order.totals.delivery} />],
                [t('total'), <Money key="total" value={order.totals.total} strong />],
                [t('due'), order.due.minor > 0 && <Money key="due" value={order.due} />],
                [t('payment'), kit(`pay.${order.payment_method}`)],
                [t('placed'), <When key="placed" at={order.placed_at} both />],
              ]}
            />
          </Panel>
          <Panel title={t('delivery')}>
            <Facts
              of={[
                [t('customer'), <Customer key="customer" order={order} />],
                [
                  t('phone'),
                  order.contact?.phone != null && (
                    <a key="phone" href={`tel:${order.contact.phone}`}>
                      {order.contact.phone}
                    </a>
                  ),
                ],
                [t('email'), order.contact?.email],
                [t('way'), t(order.pick_up ? 'way.pick-up' : 'way.delivery')],
                [
                  order.pick_up ? t('way.at') : t('way.to'),
                  order.pick_up ? siteName(order.site) : order.contact?.address?.join(', '),
                ],
                [t('channel'), kit(`channel.${order.channel}`)],
                [t('reason'), order.reason == null ? undefined : why(order.reason, order.state === 'returned')],
              ]}
            />
          </Panel>
          <Fields order={order} />
          {may('inventory.read') && <Picks order={order.id} />}
          {may('delivery.read') && <OnItsWay order={order.id} />}
          {may('finance.read') && <Documents order={order.id} />}
          {may('notices.read') && <Messages order={order.id} />}
        </>
      }
    >
      <Panel title={t('lines')} flush>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('product')}</Table.Th>
              <Table.Th ta="end">{t('quantity')}</Table.Th>
              <Table.Th ta="end">{t('price')}</Table.Th>
              <Table.Th ta="end">{t('total')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {order.lines.map((line) => (
              <Table.Tr key={`${line.product} ${line.site}`}>
                <Table.Td>
                  {may('catalog.read') ? (
                    <Link to={paths.product(line.product)}>{productName(line.product, line.name)}</Link>
                  ) : (
                    productName(line.product, line.name)
                  )}
                </Table.Td>
                <Table.Td ta="end">
                  <Quantity value={line.quantity} />
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={line.unit_price} />
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={line.amounts.gross} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
      {may('processes.read') && <Procedure order={order.id} />}
      {may('finance.read') && <Ledger order={order.id} />}
      <History order={order.id} />
    </DetailPage>
  );
}

/** What the retailer keeps beside; of a person who was forgotten nothing is added. */
function Fields({ order }: { order: Schemas['OrderView'] }) {
  const mayEdit = useMay()('orders.edit', order.site) && order.contact != null;
  const t = useKitTexts();
  const set = useCommand({
    run: (fields: CustomFieldsProps['fields']) =>
      ok(
        api.PUT('/api/orders/{id}/fields', {
          params: { path: { id: order.id }, header: ifMatch(order.version) },
          body: { fields },
        }),
      ),
    touches: [['orders']],
    onDone: () => toast('good', t('fields.kept')),
  });
  return <CustomFields fields={order.fields ?? {}} set={mayEdit ? set : undefined} />;
}

/** Who ordered; the way to all that is known of them, where there is one. */
function Customer({ order }: { order: Schemas['OrderView'] }) {
  const mayRead = useMay()('customers.read');
  const { data } = useQuery({
    queryKey: ['customers', 'of', order.id],
    queryFn: async () => {
      try {
        return await ok(api.GET('/api/customers/by-order/{order}', { params: { path: { order: order.id } } }));
      } catch (error) {
        if (isProblem(error, 'kit/not-found')) return null;
        throw error;
      }
    },
    enabled: mayRead,
  });
  const name = order.contact?.name ?? '';
  return data == null ? <>{name}</> : <Link to={paths.customer(data.id)}>{name === '' ? data.name : name}</Link>;
}

/** Why people cancel orders here. */
const REASONS = ['customer', 'unreachable', 'fraud', 'other'] as const;

function Cancel({ order }: { order: Schemas['OrderView'] }) {
  const t = useOrderTexts();
  const kit = useKitTexts();
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState<(typeof REASONS)[number]>('customer');
  const cancel = useCommand({
    run: (why: (typeof REASONS)[number]) =>
      ok(api.POST('/api/orders/{id}/cancel', { params: { path: { id: order.id } }, body: { reason: why } })),
    touches: [['orders']],
    onDone: () => {
      setOpen(false);
      toast('good', t('cancelled', { number: order.number }));
    },
  });
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t('cancel')}
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('cancel')}
        action={t('cancel')}
        isDangerous
        isRunning={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(reason)}
      >
        <p>{t('cancel.text')}</p>
        <Select
          label={t('cancel.reason')}
          data={REASONS.map((value) => ({ value, label: kit(`cancelled.${value}`) }))}
          data-autofocus
          value={reason}
          allowDeselect={false}
          onChange={(value) => value !== null && setReason(value)}
        />
      </Confirm>
    </>
  );
}
