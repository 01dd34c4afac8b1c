// All prices that are shown, up or down by a rate. Each new price is worked out here and seen before it is sent.
import { NumberInput, SegmentedControl, Select, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { Money } from '../kit/Money.tsx';
import { Show } from '../kit/states.tsx';
import { toast } from '../kit/toast.tsx';
import { useNow } from '../kit/When.tsx';
import { useNamed } from '../texts/named.ts';
import { midnight } from './price-forms.tsx';
import { searchPrices, type PriceFilter, type PriceRow } from './prices-of.ts';
import { useCatalogTexts } from './texts.ts';

/** The most prices that one request sets. */
const MOST = 500;
const SHOWN = 5;

/** To whole minor units, to fives or tens of them, or ending in nine as shelf labels like it. */
const ROUNDINGS = ['1', '5', '10', '9'] as const;
type Rounding = (typeof ROUNDINGS)[number];

export function raised(minor: number, rate: number, rounding: Rounding): number {
  const exact = minor * (1 + rate / 100);
  if (rounding === '9') return Math.max(9, Math.round((exact - 9) / 10) * 10 + 9);
  const step = Number(rounding);
  return Math.max(step, Math.round(exact / step) * step);
}

/** Everything that the filter finds and the list has a price for. */
async function allPrices(code: string, filter: PriceFilter): Promise<PriceRow[]> {
  const rows: PriceRow[] = [];
  let after: string | undefined;
  do {
    const page = await searchPrices(code, filter, after);
    rows.push(...page.rows);
    after = page.next ?? undefined;
  } while (after !== undefined && rows.length < MOST);
  return rows.filter((row) => row.price !== undefined);
}

export interface RaiseFormProps {
  list: Schemas['ListView'];
  filter: PriceFilter;
  total: number;
  onClose: () => void;
}

export function RaiseForm({ list, filter, total, onClose }: RaiseFormProps) {
  const t = useCatalogTexts();
  const named = useNamed();
  const now = useNow();
  const [rate, setRate] = useState<number>();
  const [rounding, setRounding] = useState<Rounding>('1');
  const [when, setWhen] = useState<'now' | 'later'>('later');
  const [moment, setMoment] = useState(midnight(1));
  const isTooMany = total > MOST;
  const isPast = when === 'later' && (moment === '' || new Date(moment) <= now);
  const rows = useQuery({
    queryKey: ['pricing', 'raise', list.code, filter],
    queryFn: () => allPrices(list.code, filter),
    enabled: !isTooMany,
  });
  const prices = (rows.data ?? []).flatMap((row) => {
    const before = row.price?.minor ?? 0;
    const price = raised(before, rate ?? 0, rounding);
    return price === before ? [] : [{ row, before, price }];
  });
  const set = useCommand({
    run: (body: Schemas['SetPrices']) => ok(api.PUT('/api/pricing/prices', { body })),
    touches: [['pricing'], ['catalog']],
    onDone: (_, body) => {
      toast('good', t('raise.done', { n: body.prices.length }));
      onClose();
    },
  });
  const submit = () => {
    const from = when === 'now' ? {} : { valid_from: new Date(moment).toISOString() };
    set.mutate({ list: list.code, prices: prices.map(({ row, price }) => ({ product: row.id, price, ...from })) });
  };
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('raise')}
      action={t('raise.action', { n: rate === undefined ? 0 : prices.length })}
      isRunning={set.isPending}
      isDisabled={rate === undefined || prices.length === 0 || isPast || isTooMany}
      error={set.error}
      onSubmit={submit}
    >
      {isTooMany ? (
        <Text size="sm">{t('raise.too-many', { n: total, most: MOST })}</Text>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {t('raise.text', { n: total, list: list.name })}
          </Text>
          <NumberInput
            label={t('raise.rate')}
            description={t('raise.rate.hint')}
            value={rate ?? ''}
            min={-90}
            max={900}
            decimalScale={2}
            allowedDecimalSeparators={['.', ',']}
            hideControls
            required
            rightSection="%"
            onChange={(value) => setRate(value === '' || Number(value) === 0 ? undefined : Number(value))}
          />
          <Select
            label={t('raise.rounding')}
            data={ROUNDINGS.map((value) => ({ value, label: t(`raise.rounding.${value}`) }))}
            value={rounding}
            allowDeselect={false}
            onChange={(value) => setRounding(ROUNDINGS.find((each) => each === value) ?? '1')}
          />
          <SegmentedControl
            aria-label={t('set.when')}
            data={[
              { value: 'now', label: t('set.now') },
              { value: 'later', label: t('set.later') },
            ]}
            value={when}
            onChange={setWhen}
            fullWidth
          />
          {when === 'later' && (
            <TextInput
              type="datetime-local"
              label={t('set.moment')}
              value={moment}
              error={isPast && t('set.moment.past')}
              onChange={(event) => setMoment(event.currentTarget.value)}
            />
          )}
          <Show query={rows} rows={4}>
            {() =>
              rate !== undefined && (
                <>
                  <Table>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th>{t('name')}</Table.Th>
                        <Table.Th ta="end">{t('raise.before')}</Table.Th>
                        <Table.Th ta="end">{t('raise.after')}</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {prices.slice(0, SHOWN).map(({ row, before, price }) => (
                        <Table.Tr key={row.id}>
                          <Table.Td>{named(row)}</Table.Td>
                          <Table.Td ta="end">
                            <Money value={{ minor: before, currency: list.currency }} />
                          </Table.Td>
                          <Table.Td ta="end">
                            <Money value={{ minor: price, currency: list.currency }} />
                          </Table.Td>
                        </Table.Tr>
                      ))}
                    </Table.Tbody>
                  </Table>
                  {prices.length > SHOWN && (
                    <Text size="sm" c="dimmed">
                      {t('raise.more', { n: prices.length - SHOWN })}
                    </Text>
                  )}
                </>
              )
            }
          </Show>
        </>
      )}
    </SideForm>
  );
}
