// Facts about one product's goods: what a count found, what came in, what is sent to another site.
import { NumberInput, SegmentedControl, Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { useMay } from '../session/session.ts';
import { sitesQuery, useMySites, useSite } from '../session/sites.ts';
import { useQuery } from '@tanstack/react-query';
import { quantity, unitName } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useStockTexts } from './texts.ts';

/** What can be recorded, with the permission that it needs at the site. */
export const MOVES = {
  count: 'inventory.count',
  receive: 'inventory.receive',
  transfer: 'inventory.transfer',
} as const;
type Move = keyof typeof MOVES;

export interface MoveFormProps {
  product: string;
  name: string;
  stock: Schemas['StockView'];
  onClose: () => void;
}

export function MoveForm({ product, name, stock, onClose }: MoveFormProps) {
  const t = useStockTexts();
  const code = locale(useLanguage());
  const may = useMay();
  const here = useSite();
  const mine = useMySites();
  const all = useQuery(sitesQuery).data ?? [];
  const offered = (Object.keys(MOVES) as Move[]).filter((each) => may(MOVES[each]));
  const [move, setMove] = useState<Move>(offered[0] ?? 'count');
  const [site, setSite] = useState(here?.id ?? '');
  const [to, setTo] = useState('');
  const [amount, setAmount] = useState<number>();
  const [note, setNote] = useState('');
  const { unit } = stock.on_hand;
  const now = stock.sites.find((each) => each.site === site);
  const record = useCommand({
    run: (input: { move: Move; site: string; to: string; milli: number; note: string }, key) => {
      const params = { header: { 'Idempotency-Key': key } };
      const lines = [{ product, quantity: { milli: input.milli, unit } }];
      switch (input.move) {
        case 'count':
          return ok(
            api.POST('/api/inventory/counts', { params, body: { site: input.site, reason: input.note, lines } }),
          );
        case 'receive':
          return ok(
            api.POST('/api/inventory/receipts', { params, body: { site: input.site, reference: input.note, lines } }),
          );
        case 'transfer':
          return ok(
            api.POST('/api/inventory/transfers', {
              params,
              body: { from: input.site, to: input.to, reference: input.note, lines },
            }),
          );
      }
    },
    touches: [['inventory']],
    onDone: ({ shortfalls }) => {
      if (shortfalls.length > 0) toast('bad', t('move.short', { n: shortfalls.length }));
      else toast('good', t('move.done'));
      onClose();
    },
  });
  const isWhole = site !== '' && note.trim() !== '' && amount !== undefined && (move === 'count' || amount > 0);
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={name}
      action={t(`move.${move}.action`)}
      isRunning={record.isPending}
      isDisabled={!isWhole || (move === 'transfer' && (to === '' || to === site))}
      error={record.error}
      onSubmit={() =>
        amount !== undefined && record.mutate({ move, site, to, milli: Math.round(amount * 1000), note: note.trim() })
      }
    >
      <SegmentedControl
        aria-label={t('move')}
        data={offered.map((value) => ({ value, label: t(`move.${value}`) }))}
        value={move}
        onChange={setMove}
        fullWidth
      />
      <Text size="sm" c="dimmed">
        {t(`move.${move}.text`)}
      </Text>
      <Select
        label={t(move === 'transfer' ? 'move.from' : 'site')}
        data={mine.filter(({ id }) => may(MOVES[move], id)).map(({ id, name: label }) => ({ value: id, label }))}
        value={site === '' ? null : site}
        allowDeselect={false}
        searchable={mine.length > 8}
        required
        onChange={(value) => setSite(value ?? '')}
      />
      {move === 'transfer' && (
        <Select
          label={t('move.to')}
          data={all.filter(({ id }) => id !== site).map(({ id, name: label }) => ({ value: id, label }))}
          value={to === '' ? null : to}
          allowDeselect={false}
          searchable
          required
          onChange={(value) => setTo(value ?? '')}
        />
      )}
      <NumberInput
        label={t(`move.${move}.amount`)}
        description={t('move.now', {
          hand: quantity(now?.on_hand ?? { milli: 0, unit }, code, true),
          reserved: quantity(now?.reserved ?? { milli: 0, unit }, code, true),
        })}
        value={amount ?? ''}
        min={0}
        max={1_000_000}
        decimalScale={unit === 'pcs' ? 0 : 3}
        allowedDecimalSeparators={['.', ',']}
        hideControls
        required
        inputMode="decimal"
        rightSection={<span className="soft">{unitName(unit, code)}</span>}
        onChange={(value) => setAmount(value === '' ? undefined : Number(value))}
      />
      <TextInput
        label={t(`move.${move}.note`)}
        value={note}
        maxLength={64}
        required
        onChange={(event) => setNote(event.currentTarget.value)}
      />
    </SideForm>
  );
}
