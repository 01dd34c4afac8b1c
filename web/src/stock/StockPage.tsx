// The stock of one site, and the way to any product's stock everywhere.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, ok, type Schemas } from '../api/client.ts';
import { useProductNames } from '../kit/products.ts';
import type { Column } from '../kit/DataTable.tsx';
import { ChoiceFilter, SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { Empty } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { useSite } from '../session/sites.ts';
import { useNamed } from '../texts/named.ts';
import { useStockTexts } from './texts.ts';

type Row = Schemas['ShelfView'];
interface Found {
  id: string;
  name: string;
  number: string;
}

export function StockPage() {
  const url = useUrlState({ q: '', filter: '' });
  return url.value.q === '' ? <SiteStock /> : <FoundProducts />;
}

function Filters() {
  const t = useStockTexts();
  const url = useUrlState({ q: '', filter: '' });
  return (
    <>
      <SearchFilter label={t('find')} value={url.value.q} onChange={(q) => url.set({ q })} />
      {url.value.q === '' && (
        <ChoiceFilter
          label={t('filter')}
          value={url.value.filter}
          options={(['below_zero', 'short', 'low'] as const).map((value) => ({ value, label: t(`filter.${value}`) }))}
          onChange={(filter) => url.set({ filter })}
        />
      )}
    </>
  );
}

function SiteStock() {
  const t = useStockTexts();
  const site = useSite();
  const url = useUrlState({ q: '', filter: '' });
  const filter = (['below_zero', 'short', 'low'] as const).find((each) => each === url.value.filter);
  const pages = usePages<Row>(['inventory', 'list', site?.id, filter], async (after) => {
    if (site === undefined) return { rows: [] };
    const page = await ok(
      api.GET('/api/inventory/sites/{id}/stock', {
        params: {
          path: { id: site.id },
          query: { filter, after, limit: 100, ...(filter === 'low' ? { low: 5000 } : {}) },
        },
      }),
    );
    return { rows: page.lines, next: page.next };
  });
  const name = useProductNames(pages.rows.map((row) => row.product));
  const columns: Column<Row>[] = [
    {
      key: 'product',
      header: t('product'),
      cell: (row) => name(row.product),
      width: 'minmax(200px, 3fr)',
      phone: 'title',
    },
    { key: 'place', header: t('place'), cell: (row) => row.place, phone: 'below' },
    {
      key: 'hand',
      header: t('on-hand'),
      cell: (row) => <Quantity value={row.on_hand} />,
      align: 'end',
      width: '110px',
    },
    {
      key: 'reserved',
      header: t('reserved'),
      cell: (row) => <Quantity value={row.reserved} />,
      align: 'end',
      width: '110px',
      phone: 'belowSide',
      named: true,
    },
    {
      key: 'available',
      header: t('available'),
      cell: (row) => <Quantity value={row.available} />,
      align: 'end',
      width: '110px',
      phone: 'side',
      named: true,
    },
  ];
  return (
    <ListPage
      title={t('at', { site: site?.name ?? '…' })}
      actions={
        <Button component={Link} to={paths.stockPlaces} variant="default">
          {t('places')}
        </Button>
      }
      filters={<Filters />}
      filtered={url.filtered}
      pages={pages}
      columns={columns}
      rowKey={(row) => row.product}
      href={(row) => paths.stockOf(row.product)}
      empty={<Empty title={t('empty')} text={t('empty.text')} />}
    />
  );
}

function FoundProducts() {
  const t = useStockTexts();
  const url = useUrlState({ q: '', filter: '' });
  const navigate = useNavigate();
  const named = useNamed();
  const found = useQuery({
    queryKey: ['catalog', 'search', url.value.q],
    queryFn: () => ok(api.GET('/api/catalog/search', { params: { query: { q: url.value.q, limit: 50 } } })),
  });
  const columns: Column<Found>[] = [
    { key: 'name', header: t('product'), cell: (row) => named(row), width: 'minmax(200px, 3fr)', phone: 'title' },
    { key: 'number', header: t('number'), cell: (row) => row.number, phone: 'below' },
  ];
  return (
    <ListPage<Found>
      title={t('title')}
      filters={<Filters />}
      filtered={url.filtered}
      pages={{
        rows: found.data?.items ?? [],
        isPending: found.isPending,
        error: found.error,
        refetch: found.refetch,
        more: undefined,
      }}
      columns={columns}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: paths.stockOf(row.id) })}
    />
  );
}
