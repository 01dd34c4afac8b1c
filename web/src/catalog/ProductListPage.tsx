// All products: found by words with typing errors, narrowed by category and brand, with what they cost now.
import { Button, Drawer, Switch } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ListFilter, Plus } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useNamed } from '../texts/named.ts';
import { useNavigate } from '@tanstack/react-router';
import classes from './catalog.module.css';
import { Facets } from './Facets.tsx';
import { useCatalogTexts } from './texts.ts';

type Row = Schemas['SearchItem'] & { price: Schemas['Money'] | undefined };

const DEFAULTS = { q: '', category: '', brand: '', blocked: '' };

function question(filters: typeof DEFAULTS) {
  return {
    q: filters.q,
    category: filters.category === '' ? undefined : filters.category,
    brand: filters.brand === '' ? undefined : filters.brand,
    blocked: filters.blocked === 'yes' ? true : undefined,
  };
}

/** Products of one page with their prices. */
async function search(filters: typeof DEFAULTS, after: string | undefined) {
  const found = await ok(
    api.GET('/api/catalog/search', { params: { query: { ...question(filters), after, limit: 100 } } }),
  );
  const products = found.items.map(({ id }) => id);
  const { prices } = await ok(api.POST('/api/pricing/prices/ask', { body: { products } }));
  const price = new Map(prices.map((each) => [each.product, each.price]));
  return { rows: found.items.map((item) => ({ ...item, price: price.get(item.id) })), next: found.next };
}

export function ProductListPage() {
  const t = useCatalogTexts();
  const kit = useKitTexts();
  const may = useMay();
  const named = useNamed();
  const navigate = useNavigate();
  const [isOpen, drawer] = useDisclosure(false);
  const url = useUrlState(DEFAULTS);
  const canEdit = may('catalog.edit');
  const pages = usePages<Row>(['catalog', 'list', url.value], (after) => search(url.value, after));
  const facets = useQuery({
    queryKey: ['catalog', 'list', 'facets', url.value],
    queryFn: () => ok(api.GET('/api/catalog/search', { params: { query: { ...question(url.value), limit: 1 } } })),
    placeholderData: (earlier) => earlier,
  });
  useShortcut('n', t('new'), () => void navigate({ to: paths.productNew }), canEdit);
  const state: Column<Row> = {
    key: 'state',
    header: t('state'),
    cell: (row) => (
      <Status tone={row.sold ? 'good' : 'neutral'}>{t(row.sold ? 'state.active' : 'state.blocked')}</Status>
    ),
    width: '130px',
    phone: 'belowSide',
  };
  const columns: Column<Row>[] = [
    { key: 'name', header: t('name'), cell: named, width: 'minmax(220px, 4fr)', phone: 'title' },
    { key: 'number', header: t('number'), cell: (row) => row.number, width: '130px', phone: 'below' },
    { key: 'brand', header: t('brand'), cell: (row) => row.brand, width: 'minmax(90px, 1fr)' },
    {
      key: 'category',
      header: t('category'),
      cell: (row) => row.path.slice(-2).join(' › '),
      width: 'minmax(150px, 2fr)',
    },
    ...(url.value.blocked === 'yes' ? [state] : []),
    {
      key: 'price',
      header: t('price'),
      cell: (row) => (row.price === undefined ? '–' : <Money value={row.price} />),
      width: '100px',
      align: 'end',
      phone: 'side',
    },
  ];
  const narrowing = (
    <Facets
      found={facets.data}
      category={url.value.category}
      brand={url.value.brand}
      onCategory={(category) => url.set({ category, brand: '' })}
      onBrand={(brand) => url.set({ brand })}
    />
  );
  return (
    <div className={classes['split']}>
      <aside className={classes['facets']} aria-label={t('facets')}>
        {narrowing}
      </aside>
      <Drawer
        opened={isOpen}
        onClose={drawer.close}
        title={t('facets')}
        closeButtonProps={{ 'aria-label': kit('close') }}
      >
        {narrowing}
      </Drawer>
      <ListPage
        title={t('title')}
        above={
          facets.data !== undefined && (
            <span aria-live="polite">
              {t('total', { n: facets.data.total })}
              {facets.data.relaxed && ` · ${t('relaxed')}`}
            </span>
          )
        }
        actions={
          <>
            <Button component={Link} to={paths.categories} variant="default">
              {t('categories')}
            </Button>
            {may('pricing.read') && (
              <Button component={Link} to={paths.priceLists} variant="default">
                {t('lists')}
              </Button>
            )}
            {canEdit && (
              <Button component={Link} to={paths.productNew} leftSection={<Plus size={16} aria-hidden />}>
                {t('new')}
                <Keys keys="n" />
              </Button>
            )}
          </>
        }
        filters={
          <>
            <SearchFilter label={t('search')} value={url.value.q} onChange={(q) => url.set({ q })} />
            {may('catalog.read') && (
              <Switch
                label={t('blocked')}
                checked={url.value.blocked === 'yes'}
                onChange={(event) => url.set({ blocked: event.currentTarget.checked ? 'yes' : '' })}
              />
            )}
            <Button
              className={classes['narrow'] ?? ''}
              variant="default"
              leftSection={<ListFilter size={16} aria-hidden />}
              onClick={drawer.open}
            >
              {t('facets')}
            </Button>
          </>
        }
        filtered={url.filtered}
        pages={pages}
        columns={columns}
        rowKey={(row) => row.id}
        href={(row) => paths.product(row.id)}
        empty={<Empty title={t('empty')} text={t('empty.text')} />}
      />
    </div>
  );
}
