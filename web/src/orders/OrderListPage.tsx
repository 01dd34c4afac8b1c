// The list of orders: the example to copy for a list page.
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { ChoiceFilter, SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty } from '../kit/states.tsx';
import { ORDER_STATES, OrderStatus } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useHere, useMySites, useSiteName } from '../session/sites.ts';
import { useOrderTexts } from './texts.ts';

type Row = Schemas['OrderRow'];
const CHANNELS = ['web', 'phone', 'store', 'import'] as const;

export function OrderListPage() {
  const t = useOrderTexts();
  const kit = useKitTexts();
  const siteName = useSiteName();
  const sites = useMySites();
  const filters = useUrlState({ q: '', state: '', site: '', channel: '', way: '' });
  const here = useHere();
  const { q, state, channel, way } = filters.value;
  const site = filters.value.site === '' ? (here ?? '') : filters.value.site;
  const pages = usePages<Row>(['orders', 'list', filters.value, here], async (after) => {
    const query = {
      after,
      limit: 100,
      ...(q === '' ? {} : { q }),
      ...(state === '' ? {} : { state }),
      ...(site === '' ? {} : { site }),
      ...(way === '' ? {} : { pick_up: way === 'pick-up' }),
      channel: CHANNELS.find((each) => each === channel),
    };
    const page = await ok(api.GET('/api/orders', { params: { query } }));
    return { rows: page.orders, next: page.next };
  });
  const columns: Column<Row>[] = [
    { key: 'number', header: t('number'), cell: (row) => row.number, width: '100px', phone: 'title' },
    { key: 'placed', header: t('placed'), cell: (row) => <When at={row.placed_at} />, width: '130px', phone: 'below' },
    {
      key: 'customer',
      header: t('customer'),
      cell: (row) => row.customer_name ?? '',
      width: 'minmax(140px, 2fr)',
      phone: 'below',
    },
    {
      key: 'state',
      header: t('state'),
      cell: (row) => <OrderStatus state={row.state} />,
      width: '150px',
      phone: 'belowSide',
    },
    {
      key: 'way',
      header: t('delivery'),
      cell: (row) => `${t(row.pick_up ? 'way.pick-up' : 'way.delivery')} · ${siteName(row.site)}`,
      width: 'minmax(160px, 2fr)',
    },
    {
      key: 'payment',
      header: t('payment'),
      cell: (row) => kit(`pay.${row.payment_method}`),
      width: 'minmax(190px, 1fr)',
    },
    {
      key: 'total',
      header: t('total'),
      cell: (row) => <Money value={row.totals.total} />,
      width: '110px',
      align: 'end',
      phone: 'side',
    },
  ];
  return (
    <ListPage
      title={t('title')}
      filters={
        <>
          <SearchFilter label={t('search')} value={q} onChange={(text) => filters.set({ q: text })} />
          <ChoiceFilter
            label={t('state')}
            value={state}
            options={ORDER_STATES.map((each) => ({ value: each, label: kit(`order.${each}`) }))}
            onChange={(next) => filters.set({ state: next })}
          />
          <ChoiceFilter
            label={t('site')}
            value={site}
            options={sites.map((each) => ({ value: each.id, label: each.name }))}
            onChange={(next) => filters.set({ site: next })}
          />
          <ChoiceFilter
            label={t('delivery')}
            value={way}
            options={(['pick-up', 'delivery'] as const).map((each) => ({ value: each, label: t(`way.${each}`) }))}
            onChange={(next) => filters.set({ way: next })}
          />
          <ChoiceFilter
            label={t('channel')}
            value={channel}
            options={CHANNELS.map((each) => ({ value: each, label: kit(`channel.${each}`) }))}
            onChange={(next) => filters.set({ channel: next })}
          />
        </>
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
