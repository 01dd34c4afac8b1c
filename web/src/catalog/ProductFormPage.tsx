// A product to be added or changed as a whole. When somebody else was faster, both sides are shown and nothing typed is lost.
import { Anchor, Button, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { api, ifMatch, newId, ok } from '../api/client.ts';
import { asProblem, isProblem } from '../api/problem.ts';
import { useCommand } from '../api/queries.ts';
import { usePageId } from '../kit/pageId.ts';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { toast } from '../kit/toast.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useNamed } from '../texts/named.ts';
import classes from './catalog.module.css';
import { Conflict } from './Conflict.tsx';
import { ProductFields } from './ProductFields.tsx';
import { draftOf, EMPTY, merged, type Draft, type Product } from './product-form.ts';
import { useCatalogTexts } from './texts.ts';

export function ProductEditPage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['catalog', id, 'edit'],
    queryFn: () => ok(api.GET('/api/catalog/products/{id}', { params: { path: { id } } })),
    // What is being edited does not change below one's hands.
    staleTime: Infinity,
    gcTime: 0,
    meta: { live: [] },
  });
  return <Show query={query}>{(product) => <Form product={product} />}</Show>;
}

export function ProductNewPage() {
  return <Form />;
}

function Form({ product }: { product?: Product }) {
  const t = useCatalogTexts();
  const kit = useKitTexts();
  const named = useNamed();
  const navigate = useNavigate();
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [id] = useState(() => product?.id ?? newId('prd'));
  const [base, setBase] = useState(product);
  const [draft, setDraft] = useState<Draft>(product === undefined ? EMPTY : draftOf(product));
  const [theirs, setTheirs] = useState<Product>();
  const back = base === undefined ? paths.products : paths.product(id);
  const save = useCommand({
    run: async ({ body, version }: { body: Draft; version: number | undefined }) => {
      const set = { ...body, id };
      if (version === undefined) await ok(api.PUT('/api/catalog/products', { body: { products: [set] } }));
      else {
        const params = { path: { id }, header: ifMatch(version) };
        await ok(api.PUT('/api/catalog/products/{id}', { params, body: set }));
      }
    },
    touches: [['catalog'], ['pricing']],
    onDone: () => {
      toast('good', t(base === undefined ? 'created' : 'saved', { name: draft.name }));
      void navigate({ to: paths.product(id), replace: true });
    },
    onRefused: (error) => {
      if (!isProblem(error, 'kit/stale')) return;
      void ok(api.GET('/api/catalog/products/{id}', { params: { path: { id } } })).then((latest) => {
        setTheirs(latest);
        client.setQueryData(['catalog', id], latest);
      });
    },
  });
  useShortcut('mod+Enter', t('save'), () => form.current?.requestSubmit());
  const resolve = (keep: 'mine' | 'theirs') => {
    if (base === undefined || theirs === undefined) return;
    const next = merged(draftOf(base), draft, draftOf(theirs), keep);
    setDraft(next);
    setBase(theirs);
    setTheirs(undefined);
    save.reset();
  };
  const other = asProblem(save.error)['product'];
  return (
    <form
      ref={form}
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (theirs === undefined) save.mutate({ body: draft, version: base?.version });
      }}
    >
      <div>
        <Anchor component={Link} to={back} size="sm">
          ‹ {base === undefined ? t('title') : named(base)}
        </Anchor>
        <h1>{base === undefined ? t('new') : t('edit')}</h1>
      </div>
      {theirs !== undefined && base !== undefined && (
        <Conflict base={base} mine={draft} theirs={theirs} onResolve={resolve} />
      )}
      <ProductFields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
      {save.error !== null && theirs === undefined && (
        <div>
          <ProblemView error={save.error} />
          {typeof other === 'string' && (
            <Anchor component={Link} to={paths.product(other)} size="sm">
              {t('taken.by')}
            </Anchor>
          )}
        </div>
      )}
      <Group className={classes['foot'] ?? ''}>
        <Button component={Link} to={back} variant="default">
          {kit('cancel')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={theirs !== undefined || draft.category === ''}>
          {t(base === undefined ? 'create' : 'save')}
          <Keys keys="mod+Enter" />
        </Button>
      </Group>
    </form>
  );
}
