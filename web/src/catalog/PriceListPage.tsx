// The prices of one list: found by words, category and brand as the products are, set one by one or all that is shown by a rate.
import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { useShownBy } from '../kit/moment.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useCompanyClock } from '../session/company.ts';
import { useMayEverywhere } from '../session/session.ts';
import { useNamed } from '../texts/named.ts';
import { SetPriceForm } from './price-forms.tsx';
import { searchPrices, type PriceRow } from './prices-of.ts';
import { RaiseForm } from './RaiseForm.tsx';
import { usePriceLists } from './Prices.tsx';
import { useCatalogTexts } from './texts.ts';

type List = Schemas['ListView'];

export function PriceListPage() {
  const t = useCatalogTexts();
  const { code = '' }: Record<string, string | undefined> = useParams({ strict: false });
  const lists = usePriceLists();
  const list = lists.data?.find((each) => each.code === code);
  if (lists.data !== undefined && list === undefined)
    return (
      <Empty
        title={t('list.missing')}
        action={
          <Button component={Link} to={paths.priceLists} variant="default">
            {t('lists.title')}
          </Button>
        }
      />
    );
  return <Listed code={code} list={list} />;
}

function Listed({ code, list }: { code: string; list: List | undefined }) {
  const t = useCatalogTexts();
  const named = useNamed();
  const canSet = useMayEverywhere('pricing.edit');
  const [open, setOpen] = useState<PriceRow | 'raise'>();
  const url = useUrlState({ q: '', category: '', brand: '' });
  const pages = usePages<PriceRow>(['pricing', 'list', code, url.value], (after) =>
    searchPrices(code, url.value, after),
  );
  const facets = useQuery({
    queryKey: ['catalog', 'list', 'facets of prices', url.value],
    queryFn: () => {
      const { q, category, brand } = url.value;
      const narrowed = { ...(category === '' ? {} : { category }), ...(brand === '' ? {} : { brand }) };
      return ok(api.GET('/api/catalog/search', { params: { query: { q, ...narrowed, limit: 1 } } }));
    },
    placeholderData: (earlier) => earlier,
  });
  const tree = useCategories();
  const clock = useCompanyClock();
  const shownBy = useShownBy(clock);
  const columns: Column<PriceRow>[] = [
    { key: 'name', header: t('name'), cell: named, width: 'minmax(220px, 4fr)', phone: 'title' },
    { key: 'number', header: t('number'), cell: (row) => row.number, width: '130px', phone: 'below' },
    { key: 'category', header: t('category'), cell: (row) => row.path.slice(-1).join(''), width: 'minmax(120px, 2fr)' },
    {
      key: 'since',
      header: t('prices.since'),
      cell: (row) => (row.since === undefined ? '' : <When at={row.since} exact zone={clock.zone} />),
      width: '150px',
    },
    {
      key: 'reduced',
      header: t('prices.reduced'),
      cell: (row) => row.reduced !== undefined && <Money value={row.reduced} />,
      width: '110px',
      align: 'end',
      phone: 'belowSide',
    },
    {
      key: 'price',
      header: t('price'),
      cell: (row) =>
        row.price === undefined ? <Status tone="warning">{t('prices.none')}</Status> : <Money value={row.price} />,
      width: '120px',
      align: 'end',
      phone: 'side',
    },
  ];
  return (
    <>
      <ListPage
        title={list?.name ?? code}
        above={
          <>
            <Link to={paths.priceLists}>{t('lists.title')}</Link>
            {list !== undefined && ` · ${list.currency} · ${t(list.with_tax ? 'set.with-tax' : 'set.without-tax')}`}
            {facets.data !== undefined && ` · ${t('total', { n: facets.data.total })}`}
            {shownBy !== undefined && ` · ${shownBy}`}
          </>
        }
        actions={
          canSet &&
          list !== undefined && (
            <Button variant="default" onClick={() => setOpen('raise')} disabled={(facets.data?.total ?? 0) === 0}>
              {t('raise')}
            </Button>
          )
        }
        filters={
          <>
            <SearchFilter label={t('search')} value={url.value.q} onChange={(q) => url.set({ q })} />
            <Select
              aria-label={t('category')}
              data={[
                { value: '', label: t('categories.all') },
                ...tree.map(({ id, path }) => ({ value: id, label: path })),
              ]}
              value={url.value.category}
              allowDeselect={false}
              searchable
              limit={200}
              w={260}
              maw="100%"
              onChange={(category) => url.set({ category: category ?? '' })}
            />
            <Select
              aria-label={t('brand')}
              data={[
                { value: '', label: t('brand.none') },
                ...(facets.data?.brands ?? []).filter(({ name }) => name !== '').map(({ name }) => name),
              ]}
              value={url.value.brand}
              allowDeselect={false}
              searchable
              w={190}
              maw="100%"
              onChange={(brand) => url.set({ brand: brand ?? '' })}
            />
          </>
        }
        filtered={url.filtered}
        pages={pages}
        columns={columns}
        rowKey={(row) => row.id}
        {...(canSet ? { onOpen: setOpen } : { href: (row: PriceRow) => paths.product(row.id) })}
        empty={<Empty title={t('empty')} text={t('empty.text')} />}
      />
      {list !== undefined && open === 'raise' && (
        <RaiseForm list={list} filter={url.value} total={facets.data?.total ?? 0} onClose={() => setOpen(undefined)} />
      )}
      {list !== undefined && open !== undefined && open !== 'raise' && (
        <SetPriceForm
          product={open.id}
          name={named(open)}
          now={open.price?.minor}
          lists={[list]}
          onClose={() => setOpen(undefined)}
        />
      )}
    </>
  );
}

/** Every category with its path, in the order of the tree. */
function useCategories(): { id: string; path: string }[] {
  const named = useNamed();
  const { data } = useQuery({
    queryKey: ['catalog', 'categories'],
    queryFn: async () => (await ok(api.GET('/api/catalog/categories', { params: { query: { depth: 5 } } }))).categories,
    staleTime: 300_000,
  });
  const all = data ?? [];
  const under = (parent: string | undefined, path: string): { id: string; path: string }[] =>
    all
      .filter((each) => (each.parent ?? undefined) === parent)
      .sort((a, b) => a.position - b.position)
      .flatMap((each) => {
        const here = path === '' ? named(each) : `${path} › ${named(each)}`;
        return [{ id: each.id, path: here }, ...under(each.id, here)];
      });
  return under(undefined, '');
}
