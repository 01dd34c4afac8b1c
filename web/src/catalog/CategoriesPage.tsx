// The tree of categories: names in every language, order, and what products of each are asked for.
import { ActionIcon, Button, Group, Select, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api, newId, newKey, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { DetailPage } from '../kit/DetailPage.tsx';
import { useTheirs } from '../kit/edit.ts';
import { NameFields } from '../kit/NameFields.tsx';
import { NamesOf, SetForm, upon } from '../kit/SetForm.tsx';
import { SetTable } from '../kit/SetTable.tsx';
import { ProblemView } from '../kit/states.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { TextButton } from '../kit/TextButton.tsx';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { useMayEverywhere } from '../session/session.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useNamed } from '../texts/named.ts';
import classes from './catalog.module.css';
import { useCatalogTexts } from './texts.ts';

type Category = Schemas['CategoryEntry'];
type SetCategory = Schemas['SetCategory'];
type Attribute = Schemas['Attribute'];
const KINDS = ['text', 'number', 'yes_no', 'choice'] as const;
const DEEPEST = 5;

interface Placed {
  category: Category;
  depth: number;
}

/** The tree from top to bottom, each category after the one it belongs to. */
function placed(all: readonly Category[], parent?: string, depth = 0): Placed[] {
  return siblings(all, parent).flatMap((category) => [{ category, depth }, ...placed(all, category.id, depth + 1)]);
}

function siblings(all: readonly Category[], parent: string | undefined): Category[] {
  return all.filter((each) => (each.parent ?? undefined) === parent).sort((a, b) => a.position - b.position);
}

export function CategoriesPage() {
  const t = useCatalogTexts();
  const named = useNamed();
  const code = locale(useLanguage());
  const canEdit = useMayEverywhere('catalog.edit');
  const [open, setOpen] = useState<{ id: string } | { parent: string | undefined }>();
  const query = useQuery({
    queryKey: ['catalog', 'categories'],
    queryFn: async () =>
      (await ok(api.GET('/api/catalog/categories', { params: { query: { depth: DEEPEST } } }))).categories,
  });
  /** Puts a category one place further among its siblings. Only those whose place changes are written, upon what they are now. */
  const move = useCommand({
    run: async ({ beside, from, to }: { beside: readonly Category[]; from: number; to: number }) => {
      const order = [...beside];
      const [moved] = order.splice(from, 1);
      if (moved !== undefined) order.splice(to, 0, moved);
      const changed = order.flatMap(({ id, position }, at) => (position === at + 1 ? [] : [{ id, position: at + 1 }]));
      const categories = await Promise.all(
        changed.map(async ({ id, position }) => ({ ...asSet(await whole(id)), position })),
      );
      return ok(api.PUT('/api/catalog/categories', { body: { categories } }));
    },
    touches: [['catalog']],
  });
  const all = query.data ?? [];
  return (
    <DetailPage
      title={t('categories')}
      back={{ to: paths.products, label: t('title') }}
      actions={
        canEdit && (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setOpen({ parent: undefined })}>
            {t('category.new')}
          </Button>
        )
      }
    >
      <SetTable
        title={t('categories')}
        query={query}
        rows={(known) => placed(known)}
        rowKey={({ category }) => category.id}
        empty={{ title: t('category.none') }}
        above={move.error !== null && <ProblemView error={move.error} />}
        onOpen={({ category }) => (canEdit ? () => setOpen({ id: category.id }) : undefined)}
        columns={[
          {
            key: 'name',
            header: t('name'),
            cell: ({ category }) => named(category),
            style: ({ depth }) => ({ paddingInlineStart: `calc(var(--space-4) + ${String(depth)} * 24px)` }),
          },
          {
            key: 'products',
            header: t('title'),
            align: 'end',
            cell: ({ category }) => (
              <Link to={paths.products} search={{ category: category.id }}>
                {category.products.toLocaleString(code)}
              </Link>
            ),
          },
        ]}
        acts={({ category, depth }) => {
          const beside = siblings(all, category.parent ?? undefined);
          const at = beside.findIndex(({ id }) => id === category.id);
          return [
            canEdit && {
              icon: ArrowUp,
              label: t('category.up', { name: named(category) }),
              isDisabled: at === 0 || move.isPending,
              onAct: () => move.mutate({ beside, from: at, to: at - 1 }),
            },
            canEdit && {
              icon: ArrowDown,
              label: t('category.down', { name: named(category) }),
              isDisabled: at + 1 === beside.length || move.isPending,
              onAct: () => move.mutate({ beside, from: at, to: at + 1 }),
            },
            canEdit && {
              icon: Plus,
              label: t('category.below', { name: named(category) }),
              isDisabled: depth + 1 >= DEEPEST,
              onAct: () => setOpen({ parent: category.id }),
            },
          ];
        }}
      />
      {open !== undefined && 'id' in open && (
        <Existing key={open.id} id={open.id} all={all} onClose={() => setOpen(undefined)} />
      )}
      {open !== undefined && 'parent' in open && (
        <CategoryForm
          draft={{
            id: newId('cat'),
            name: '',
            names: {},
            attributes: [],
            position: Math.max(0, ...siblings(all, open.parent).map(({ position }) => position)) + 1,
            ...(open.parent === undefined ? {} : { parent: open.parent }),
          }}
          isNew
          all={all}
          onClose={() => setOpen(undefined)}
        />
      )}
    </DetailPage>
  );
}

type Whole = Schemas['CategoryView'];

function whole(id: string): Promise<Whole> {
  return ok(api.GET('/api/catalog/categories/{id}', { params: { path: { id } } }));
}

/** A category as it is sent, upon the version that was seen: with what it asks for itself, not what those above do. */
function asSet({ id, version, name, names, own, position, parent }: Whole): SetCategory {
  return { id, version, name, names, attributes: own, position, ...(parent == null ? {} : { parent }) };
}

function Existing({ id, all, onClose }: { id: string; all: readonly Category[]; onClose: () => void }) {
  const query = useQuery({ queryKey: ['catalog', 'category', 'edit', id], queryFn: () => whole(id), gcTime: 0 });
  if (query.error !== null) return <ProblemView error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return null;
  return <CategoryForm draft={asSet(query.data)} above={query.data.inherited} all={all} onClose={onClose} />;
}

/** `draft`: what is known now. When somebody else was faster, what they set is said where it differs; saving again is upon theirs. */
function CategoryForm(props: {
  draft: SetCategory;
  isNew?: boolean;
  above?: readonly Attribute[];
  all: readonly Category[];
  onClose: () => void;
}) {
  const t = useCatalogTexts();
  const named = useNamed();
  const kit = useKitTexts();
  const differs = useTheirs();
  const [seen] = useState(props.draft);
  const [draft, setDraft] = useState(seen);
  const set = (change: Partial<SetCategory>) => setDraft({ ...draft, ...change });
  const attributes = draft.attributes ?? [];
  const save = useCommand({
    run: (category: SetCategory) => ok(api.PUT('/api/catalog/categories', { body: { categories: [category] } })),
    touches: [['catalog']],
    onDone: () => {
      toast('good', t('category.saved', { name: draft.name }));
      props.onClose();
    },
  });
  const { base, isTheirs } = upon(seen, props.draft, save.error);
  const theirs = isTheirs ? base : undefined;
  // A category cannot stand below itself.
  const below = new Set(placed(props.all, draft.id).map(({ category }) => category.id));
  const above = placed(props.all).filter(({ category }) => category.id !== draft.id && !below.has(category.id));
  const others = (at: number) =>
    [...attributes.filter((_, place) => place !== at), ...(props.above ?? [])].map(({ key }) => key);
  const nameOf = (id: string | null | undefined) => {
    const category = props.all.find((each) => each.id === id);
    return category === undefined ? t('category.top') : named(category);
  };
  const fieldsOf = (category: SetCategory) => (category.attributes ?? []).map(named).join(', ');
  const withAttribute = (at: number, change: Partial<Attribute>) =>
    set({ attributes: attributes.map((each, place) => (place === at ? { ...each, ...change } : each)) });
  return (
    <SetForm
      title={t(props.isNew === true ? 'category.new' : 'category.change')}
      save={save}
      isReady={draft.name.trim() !== ''}
      onSubmit={() => save.mutate({ ...draft, position: base.position ?? 0, version: base.version ?? null })}
      onClose={props.onClose}
    >
      <NamesOf
        label={t('name')}
        name={draft.name}
        theirs={differs(draft.name, theirs?.name)}
        names={draft.names}
        theirsIn={(language) => differs(draft.names?.[language] ?? '', theirs && (theirs.names?.[language] ?? ''))}
        onName={(name) => set({ name })}
        onNames={(names) => set({ names })}
      />
      <Select
        label={t('category.parent')}
        description={differs(nameOf(draft.parent), theirs && nameOf(theirs.parent))}
        data={[
          { value: '', label: t('category.top') },
          ...above
            .filter(({ depth }) => depth + 1 < DEEPEST)
            .map(({ category, depth }) => ({
              value: category.id,
              label: `${'\u2003'.repeat(depth)}${named(category)}`,
            })),
        ]}
        value={draft.parent ?? ''}
        allowDeselect={false}
        searchable
        onChange={(parent) => {
          const moved = { ...draft };
          delete moved.parent;
          setDraft(parent === null || parent === '' ? moved : { ...moved, parent });
        }}
      />
      <fieldset style={{ border: 0, padding: 0 }}>
        <legend>
          <strong>{t('category.asks')}</strong>
        </legend>
        <p className="soft">{t('category.asks.text')}</p>
        {props.above !== undefined && props.above.length > 0 && (
          <p className="soft">{t('category.asks.above', { fields: props.above.map(named).join(', ') })}</p>
        )}
        {theirs !== undefined && JSON.stringify(theirs.attributes) !== JSON.stringify(draft.attributes) && (
          <p className="soft">
            {differs(fieldsOf(draft), fieldsOf(theirs)) ?? kit('theirs.other')}{' '}
            <TextButton onClick={() => set({ attributes: theirs.attributes ?? [] })}>{t('category.take')}</TextButton>
          </p>
        )}
        <Stack gap="md" mt="xs">
          {attributes.map((each, at) => (
            <div key={at} className={classes['asked']}>
              <Group gap="xs" wrap="nowrap" align="end">
                <TextInput
                  label={t('attribute.name')}
                  value={each.name}
                  required
                  style={{ flex: 1 }}
                  onChange={(event) => {
                    const name = event.currentTarget.value;
                    withAttribute(
                      at,
                      isKnown(props.draft, each.key) ? { name } : { name, key: keyOf(name, others(at)) },
                    );
                  }}
                />
                <Select
                  label={t('kind')}
                  data={KINDS.map((value) => ({ value, label: t(`attribute.${value}`) }))}
                  value={each.kind}
                  allowDeselect={false}
                  w={120}
                  onChange={(kind) => withAttribute(at, { kind: KINDS.find((one) => one === kind) ?? each.kind })}
                />
                <ActionIcon
                  aria-label={t('attribute.remove', { name: each.name })}
                  size={36}
                  onClick={() => set({ attributes: attributes.filter((_, place) => place !== at) })}
                >
                  <Trash2 size={16} aria-hidden />
                </ActionIcon>
              </Group>
              <NameFields names={each.names} longest={100} onChange={(names) => withAttribute(at, { names })} />
              {each.kind === 'choice' && (
                <TagsInput
                  label={t('attribute.choices')}
                  value={each.choices ?? []}
                  onChange={(choices) => withAttribute(at, { choices })}
                />
              )}
              <Switch
                label={t('attribute.must')}
                checked={each.required ?? false}
                onChange={(event) => withAttribute(at, { required: event.currentTarget.checked })}
              />
            </div>
          ))}
          <Button
            variant="default"
            size="xs"
            leftSection={<Plus size={15} aria-hidden />}
            onClick={() => set({ attributes: [...attributes, { key: '', name: '', kind: 'text' }] })}
          >
            {t('attribute.add')}
          </Button>
        </Stack>
      </fieldset>
    </SetForm>
  );
}

function isKnown(of: SetCategory, key: string): boolean {
  return of.attributes?.some((each) => each.key === key) ?? false;
}

/** A key that products keep for good: made of the name it is first given, and no other one's. */
function keyOf(name: string, taken: readonly string[]): string {
  const plain = name
    .trim()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 36);
  // A name in other letters leaves nothing to make a key of: then any that nobody else has.
  const first = plain.length < 2 ? `field_${newKey().slice(0, 8)}` : plain;
  let key = first;
  for (let n = 2; taken.includes(key); n += 1) key = `${first}_${String(n)}`;
  return key;
}
