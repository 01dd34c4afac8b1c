// The list of orders: the example to copy for a list page.
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { ChoiceFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty } from '../kit/states.tsx';
import { OrderStatus } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useOrderTexts } from './texts.ts';

type Row = Schemas['OrderRow'];
const STATES: readonly Schemas['OrderState'][] = [
  'awaiting_payment',
  'placed',
  'confirmed',
  'releasing',
  'released',
  'delivered',
  'cancelled',
];

export function OrderListPage() {
  const t = useOrderTexts();
  const kit = useKitTexts();
  const filters = useUrlState({ state: '' });
  const state = STATES.find((each) => each === filters.value.state);
  const pages = usePages<Row>(['orders', 'list', filters.value], async (after) => {
    const page = await ok(api.GET('/api/orders', { params: { query: { state, after, limit: 100 } } }));
    return { rows: page.orders, next: page.next };
  });
  const columns: Column<Row>[] = [
    { key: 'number', header: t('number'), cell: (row) => row.number, width: '150px', phone: 'title' },
    { key: 'placed', header: t('placed'), cell: (row) => <When at={row.placed_at} />, width: '140px', phone: 'below' },
    { key: 'state', header: t('state'), cell: (row) => <OrderStatus state={row.state} />, phone: 'belowSide' },
    { key: 'payment', header: t('payment'), cell: (row) => kit(`pay.${row.payment_method}`) },
    {
      key: 'total',
      header: t('total'),
      cell: (row) => <Money value={row.totals.total} />,
      width: '120px',
      align: 'end',
      phone: 'side',
    },
  ];
  return (
    <ListPage
      title={t('title')}
      filters={
        <ChoiceFilter
          label={t('state')}
          value={filters.value.state}
          options={STATES.map((each) => ({ value: each, label: kit(`order.${each}`) }))}
          onChange={(next) => filters.set({ state: next })}
        />
      }
      filtered={filters.filtered}
      pages={pages}
      columns={columns}
      rowKey={(row) => row.id}
      href={(row) => paths.order(row.id)}
      empty={<Empty title={t('empty')} text={t('empty.text')} />}
    />
  );
}
