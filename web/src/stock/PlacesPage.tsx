// Where products lie at the site: what pickers walk by. A row opens the form that says it anew.
import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useProductNames } from '../kit/products.ts';
import { useCommand } from '../api/queries.ts';
import type { Column } from '../kit/DataTable.tsx';
import { useTheirs } from '../kit/edit.ts';
import { SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages, type Page } from '../kit/ListPage.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { SetForm, upon } from '../kit/SetForm.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useSite, type Site } from '../session/sites.ts';
import { useStockTexts } from './texts.ts';

interface Placed {
  site: string;
  product: string;
  place: string;
  version: number;
  /** Where the site has or had it. */
  onHand?: Schemas['Quantity'];
}

const FOUND = 50;

/** What the site has on its shelves. */
async function shelves(site: string, after: string | undefined): Promise<Page<Placed>> {
  const page = await ok(
    api.GET('/api/inventory/sites/{id}/stock', { params: { path: { id: site }, query: { after, limit: 100 } } }),
  );
  const rows = page.lines.map((line) => ({
    site,
    product: line.product,
    place: line.place,
    version: line.place_version,
    onHand: line.on_hand,
  }));
  return { rows, next: page.next };
}

/** The places of these products at a site, also of those that have none. */
async function placesOf(site: string, products: readonly string[]): Promise<Placed[]> {
  if (products.length === 0) return [];
  const query = { site, products: products.join(',') };
  const { places } = await ok(api.GET('/api/inventory/places', { params: { query } }));
  return products.map((product) => {
    const known = places.find((each) => each.product === product);
    return { site, product, place: known?.place ?? '', version: known?.version ?? 0 };
  });
}

async function found(site: string, q: string): Promise<Page<Placed>> {
  const { items } = await ok(api.GET('/api/catalog/search', { params: { query: { q, limit: FOUND } } }));
  return {
    rows: await placesOf(
      site,
      items.map(({ id }) => id),
    ),
  };
}

export function PlacesPage() {
  const t = useStockTexts();
  const site = useSite();
  const canSet = useMay()('inventory.place', site?.id);
  const url = useUrlState({ q: '' });
  const [open, setOpen] = useState<Placed>();
  const { q } = url.value;
  const pages = usePages<Placed>(['inventory', 'list', 'places', site?.id, q], async (after) => {
    if (site === undefined) return { rows: [] };
    return q === '' ? shelves(site.id, after) : found(site.id, q);
  });
  // While another site's are read, those of the one before stand there: they are not this one's.
  const rows = pages.rows.filter((row) => row.site === site?.id);
  const isRead = rows.length === pages.rows.length;
  const name = useProductNames(rows.map((row) => row.product));
  const columns: Column<Placed>[] = [
    {
      key: 'product',
      header: t('product'),
      cell: (row) => name(row.product),
      width: 'minmax(200px, 3fr)',
      phone: 'title',
    },
    {
      key: 'place',
      header: t('place'),
      cell: (row) => (row.place === '' ? <Status tone="neutral">{t('places.none')}</Status> : row.place),
      width: 'minmax(140px, 1fr)',
      phone: 'side',
    },
    {
      key: 'hand',
      header: t('on-hand'),
      cell: (row) => row.onHand !== undefined && <Quantity value={row.onHand} />,
      align: 'end',
      width: '110px',
      phone: 'belowSide',
      named: true,
    },
  ];
  return (
    <>
      <ListPage
        title={t('places.at', { site: site?.name ?? '…' })}
        above={
          <>
            <Link to={paths.stock}>{t('title')}</Link> · {t(canSet ? 'places.text' : 'places.text.read')}
            {q !== '' && rows.length === FOUND && ` ${t('places.first', { n: FOUND })}`}
          </>
        }
        filters={<SearchFilter label={t('find')} value={q} onChange={(next) => url.set({ q: next })} />}
        filtered={url.filtered}
        pages={{ ...pages, rows, isPending: pages.isPending || !isRead }}
        columns={columns}
        rowKey={(row) => row.product}
        {...(canSet ? { onOpen: setOpen } : {})}
        empty={<Empty title={t('empty')} text={t('empty.text')} />}
      />
      {open !== undefined && site?.id === open.site && (
        <PlaceForm site={site} row={open} name={name(open.product)} onClose={() => setOpen(undefined)} />
      )}
    </>
  );
}

/** When somebody else was faster, theirs is said; saving again sets one's own. */
function PlaceForm(props: { site: Site; row: Placed; name: string; onClose: () => void }) {
  const { site, row, name } = props;
  const t = useStockTexts();
  const differs = useTheirs();
  const [place, setPlace] = useState(row.place);
  const fresh = useQuery({
    queryKey: ['inventory', 'place', site.id, row.product],
    queryFn: async () => (await placesOf(site.id, [row.product]))[0],
  });
  const save = useCommand({
    run: (version: number) => {
      const line = { product: row.product, place: place.trim(), version };
      return ok(api.PUT('/api/inventory/places', { body: { site: site.id, places: [line] } }));
    },
    touches: [['inventory']],
    onDone: () => {
      toast('good', t(place.trim() === '' ? 'places.forgotten' : 'places.saved', { name }));
      props.onClose();
    },
  });
  const { base, isTheirs } = upon(row, fresh.data, save.error);
  return (
    <SetForm
      title={name}
      save={save}
      isReady={place.trim() !== row.place || isTheirs}
      onSubmit={() => save.mutate(base.version)}
      onClose={props.onClose}
    >
      <TextInput
        label={t('place.at', { site: site.name })}
        description={(isTheirs ? differs(place, base.place) : undefined) ?? t('places.hint')}
        value={place}
        maxLength={64}
        autoComplete="off"
        data-autofocus
        onChange={(event) => setPlace(event.currentTarget.value)}
      />
    </SetForm>
  );
}
