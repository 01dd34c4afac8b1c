// The goods of the order on the line: with what is available, and changed with both totals in sight before anything is done.
import { ActionIcon, Button, Group, Loader, NumberInput, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { ProblemView } from '../kit/states.tsx';
import { toast } from '../kit/toast.tsx';
import { useContactTexts } from './texts.ts';

type Sheet = Schemas['OrderSheet'];
const TYPED_MS = 250;

/** A line as it shall be; new ones have no price yet. */
interface Wish {
  product: string;
  name: string;
  unit: Schemas['Unit'];
  milli: number;
  was?: Schemas['SheetLine'];
}

export function Lines(props: { order: Sheet; availability: Schemas['Availability'][]; canEdit: boolean }) {
  const { order } = props;
  const t = useContactTexts();
  const [isEditing, setEditing] = useState(false);
  useShortcut('e', t('edit'), () => setEditing(true), props.canEdit && !isEditing);
  if (isEditing) return <EditLines order={order} onDone={() => setEditing(false)} />;
  const available = (line: Schemas['SheetLine']) =>
    props.availability.find((at) => at.product === line.product && at.site === line.site)?.available;
  return (
    <Panel
      title={t('lines')}
      flush
      actions={
        props.canEdit && (
          <Button variant="default" size="xs" onClick={() => setEditing(true)}>
            {t('edit')}
            <Keys keys="e" />
          </Button>
        )
      }
    >
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('product')}</Table.Th>
            <Table.Th ta="end">{t('quantity')}</Table.Th>
            <Table.Th ta="end">{t('price')}</Table.Th>
            <Table.Th ta="end">{t('available')}</Table.Th>
            <Table.Th ta="end">{t('sum')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {order.lines.map((line) => {
            const free = available(line);
            return (
              <Table.Tr key={`${line.product} ${line.site}`}>
                <Table.Td>{line.name}</Table.Td>
                <Table.Td ta="end">
                  <Quantity value={line.quantity} />
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={line.unit_price} />
                </Table.Td>
                <Table.Td ta="end">{free === undefined ? '–' : <Quantity value={free} />}</Table.Td>
                <Table.Td ta="end">
                  <Money value={line.amounts.gross} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function EditLines({ order, onDone }: { order: Sheet; onDone: () => void }) {
  const t = useContactTexts();
  const [wishes, setWishes] = useState<Wish[]>(() =>
    order.lines.map((line) => ({
      product: line.product,
      name: line.name,
      unit: line.quantity.unit,
      milli: line.quantity.milli,
      was: line,
    })),
  );
  const changed = wishes
    .filter((wish) => wish.milli !== (wish.was?.quantity.milli ?? 0))
    .map((wish) => ({
      product: wish.product,
      ...(wish.milli > 0 ? { quantity: { milli: wish.milli, unit: wish.unit } } : {}),
    }));
  const [asked] = useDebouncedValue(changed, TYPED_MS);
  const preview = useQuery({
    queryKey: ['orders', order.id, 'preview', asked],
    queryFn: () =>
      ok(api.POST('/api/orders/{id}/edit/preview', { params: { path: { id: order.id } }, body: { lines: asked } })),
    enabled: asked.length > 0,
    retry: false,
    meta: { live: [] },
  });
  const edit = useCommand({
    run: (lines: typeof changed) =>
      ok(
        api.POST('/api/orders/{id}/edit', {
          params: { path: { id: order.id }, header: ifMatch(preview.data?.version ?? order.version) },
          body: { lines },
        }),
      ),
    touches: [['orders'], ['contact']],
    onDone: () => {
      toast('good', t('edit.kept'));
      onDone();
    },
  });
  const set = (product: string, milli: number) =>
    setWishes((all) => all.map((wish) => (wish.product === product ? { ...wish, milli: Math.max(0, milli) } : wish)));
  useShortcut('Escape', t('back'), onDone);
  useShortcut('mod+Enter', t('edit.keep'), () => edit.mutate(changed), changed.length > 0);
  return (
    <Panel title={t('edit')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('edit.locked')}
        </Text>
        {wishes.map((wish) => (
          <Group key={wish.product} gap="sm" wrap="nowrap">
            <Text style={{ flex: 1, textDecoration: wish.milli === 0 ? 'line-through' : 'none' }}>{wish.name}</Text>
            <NumberInput
              aria-label={`${t('quantity')}: ${wish.name}`}
              value={wish.milli / 1000}
              min={0}
              step={wish.unit === 'pcs' ? 1 : 0.25}
              allowDecimal={wish.unit !== 'pcs'}
              allowNegative={false}
              w={110}
              onChange={(value) => set(wish.product, Math.round(Number(value) * 1000))}
            />
            <ActionIcon aria-label={t('edit.remove', { name: wish.name })} onClick={() => set(wish.product, 0)}>
              <Trash2 size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <AddProduct
          onAdd={(item) =>
            setWishes((all) =>
              all.some((wish) => wish.product === item.id)
                ? all.map((wish) => (wish.product === item.id ? { ...wish, milli: wish.milli + 1000 } : wish))
                : [...all, { product: item.id, name: item.name, unit: item.unit, milli: 1000 }],
            )
          }
        />
        {preview.error !== null && asked.length > 0 && <ProblemView error={preview.error} />}
        {edit.error !== null && <ProblemView error={edit.error} />}
        <Group justify="space-between">
          <div aria-live="polite">
            {preview.data !== undefined && changed.length > 0 && (
              <>
                {t('edit.new')}: <Money value={preview.data.new.total} strong />{' '}
                <Text span size="sm" c="dimmed">
                  {t('edit.was', { total: '' })}
                  <Money value={preview.data.old.total} />
                </Text>
              </>
            )}
          </div>
          <Group gap="xs">
            <Button variant="default" onClick={onDone}>
              {t('back')}
              <Keys keys="Escape" />
            </Button>
            <Button disabled={changed.length === 0} loading={edit.isPending} onClick={() => edit.mutate(changed)}>
              {t('edit.keep')}
              <Keys keys="mod+Enter" />
            </Button>
          </Group>
        </Group>
      </Stack>
    </Panel>
  );
}

function AddProduct({ onAdd }: { onAdd: (item: Schemas['SearchItem']) => void }) {
  const t = useContactTexts();
  const [text, setText] = useState('');
  const [typed] = useDebouncedValue(text.trim(), TYPED_MS);
  const found = useQuery({
    queryKey: ['catalog', 'search', typed],
    queryFn: () => ok(api.GET('/api/catalog/search', { params: { query: { q: typed, limit: 6 } } })),
    enabled: typed.length > 1,
    meta: { live: [] },
  });
  return (
    <div>
      <TextInput
        label={t('edit.add')}
        placeholder={t('edit.search')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        rightSection={found.isFetching ? <Loader size="xs" /> : null}
      />
      {typed.length > 1 && found.data !== undefined && (
        <Stack gap={4} mt={4}>
          {found.data.items.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('edit.found.none')}
            </Text>
          )}
          {found.data.items.map((item) => (
            <Button
              key={item.id}
              variant="subtle"
              justify="flex-start"
              onClick={() => {
                onAdd(item);
                setText('');
              }}
            >
              {item.name} · {item.number}
            </Button>
          ))}
        </Stack>
      )}
    </div>
  );
}
