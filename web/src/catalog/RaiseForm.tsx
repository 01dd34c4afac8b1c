// All prices that are shown, up or down by a rate. Each new price is worked out here and seen before it is sent.
import { NumberInput, Select, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { MomentField, useMoment } from '../kit/moment.tsx';
import { Money } from '../kit/Money.tsx';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useCompanyClock } from '../session/company.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useNamed } from '../texts/named.ts';
import classes from './catalog.module.css';
import { raised, ROUNDINGS, type Rounding } from './raise.ts';
import { searchPrices, type PriceFilter, type PriceRow } from './prices-of.ts';
import { useCatalogTexts } from './texts.ts';

/** The most prices that one request sets. */
const MOST = 500;
/** Beyond every price that is planned. */
const AT_LAST = '2200-01-01T00:00:00Z';

/** Everything that the filter finds and the list has a price for at a moment, and how many have another one planned after it. */
async function allPrices(code: string, filter: PriceFilter, at: string | undefined) {
  const rows: PriceRow[] = [];
  let planned = 0;
  let after: string | undefined;
  const since = Date.parse(at ?? new Date().toISOString());
  do {
    const page = await searchPrices(code, filter, after, at);
    const last = await searchPrices(code, filter, after, AT_LAST);
    rows.push(...page.rows);
    planned += last.rows.filter((row) => row.since !== undefined && Date.parse(row.since) > since).length;
    after = page.next ?? undefined;
  } while (after !== undefined && rows.length < MOST);
  return { rows: rows.filter((row) => row.price !== undefined), planned };
}

export interface RaiseFormProps {
  list: Schemas['ListView'];
  filter: PriceFilter;
  total: number;
  onClose: () => void;
}

export function RaiseForm({ list, filter, total, onClose }: RaiseFormProps) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const named = useNamed();
  const [rate, setRate] = useState<number>();
  const [rounding, setRounding] = useState<Rounding>('1');
  const moment = useMoment('later', useCompanyClock());
  const isTooMany = total > MOST;
  const { at, isPast } = moment;
  // Read once: a second press, after an answer that was lost, sends the same prices again and raises nothing twice.
  const rows = useQuery({
    queryKey: ['raise', list.code, filter, at],
    queryFn: () => allPrices(list.code, filter, at),
    enabled: !isTooMany,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    meta: { live: [] },
  });
  const prices = (rows.data?.rows ?? []).flatMap((row) => {
    const before = row.price?.minor ?? 0;
    const price = raised(before, rate ?? 0, rounding);
    return price === before ? [] : [{ row, before, price }];
  });
  const isReady = rate !== undefined && prices.length > 0 && !isPast && !isTooMany;
  const set = useCommand({
    run: (body: Schemas['SetPrices']) => ok(api.PUT('/api/pricing/prices', { body })),
    touches: [['pricing'], ['catalog']],
    onDone: (_, body) => {
      toast('good', t('raise.done', { n: body.prices.length }));
      onClose();
    },
  });
  const submit = () => {
    if (!isReady) return;
    const from = at === undefined ? {} : { valid_from: at };
    set.mutate({ list: list.code, prices: prices.map(({ row, price }) => ({ product: row.id, price, ...from })) });
  };
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('raise')}
      action={t('raise.action', { n: rate === undefined ? 0 : prices.length })}
      isRunning={set.isPending}
      isDisabled={!isReady}
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
            onChange={(value) => {
              const n = Number(value);
              setRate(value === '' || n === 0 || !Number.isFinite(n) ? undefined : n);
            }}
          />
          <Select
            label={t('raise.rounding')}
            data={ROUNDINGS.map((value) => ({
              value,
              label: t(`raise.rounding.${value}`, {
                step: money({ minor: Number(value), currency: list.currency }, code),
              }),
            }))}
            value={rounding}
            allowDeselect={false}
            onChange={(value) => setRounding(ROUNDINGS.find((each) => each === value) ?? '1')}
          />
          <MomentField moment={moment} />
          <Show query={rows} rows={4}>
            {() =>
              rate !== undefined && (
                <>
                  {rows.data !== undefined && rows.data.planned > 0 && (
                    <Status tone="warning">{t('raise.planned', { n: rows.data.planned })}</Status>
                  )}
                  {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
                  <div className={classes['prices']} tabIndex={0} role="group" aria-label={t('raise.after')}>
                    <Table>
                      <Table.Thead>
                        <Table.Tr>
                          <Table.Th>{t('name')}</Table.Th>
                          <Table.Th ta="end">{t('raise.before')}</Table.Th>
                          <Table.Th ta="end">{t('raise.after')}</Table.Th>
                        </Table.Tr>
                      </Table.Thead>
                      <Table.Tbody>
                        {prices.map(({ row, before, price }) => (
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
                  </div>
                </>
              )
            }
          </Show>
        </>
      )}
    </SideForm>
  );
}
