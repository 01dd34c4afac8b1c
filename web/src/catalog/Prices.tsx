// What a product costs, why, what is to come, and the ways to change it: a price from a moment on, or a reduction for a time.
import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { isProblem } from '../api/problem.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { useShownBy } from '../kit/moment.tsx';
import { Money } from '../kit/Money.tsx';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useNow } from '../kit/When.tsx';
import { useCompany, useCompanyClock } from '../session/company.ts';
import { useMay } from '../session/session.ts';
import { instant, money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './catalog.module.css';
import { ReduceForm, SetPriceForm } from './price-forms.tsx';
import type { Product } from './product-form.ts';
import { useCatalogTexts } from './texts.ts';

type Reduction = Schemas['ReductionView'];
/** The first day that the database can know: "since always". */
const ALWAYS = '1970-';
const SHOWN = 6;

export function usePriceLists() {
  return useQuery({
    queryKey: ['pricing', 'lists'],
    queryFn: async () => (await ok(api.GET('/api/pricing/lists', {}))).lists,
    staleTime: 300_000,
  });
}

export function Prices({ product }: { product: Product }) {
  return useMay()('pricing.read') ? <Read product={product} /> : null;
}

function Read({ product }: { product: Product }) {
  const t = useCatalogTexts();
  const canSet = useMay()('pricing.edit');
  const lists = usePriceLists();
  const [open, setOpen] = useState<'price' | 'reduction'>();
  const query = useQuery({
    queryKey: ['pricing', product.id],
    queryFn: () => ok(api.GET('/api/pricing/products/{id}', { params: { path: { id: product.id } } })),
    meta: { live: ['pricing'] },
  });
  const close = () => setOpen(undefined);
  return (
    <Panel title={t('prices')} note={useShownBy(useCompanyClock())}>
      <Show query={query}>
        {(prices) => (
          <Stack gap="md">
            {prices.current == null ? (
              <Status tone="warning">{t('price.none')}</Status>
            ) : (
              <div>
                <Group gap="sm" align="baseline">
                  <span className={classes['price']}>
                    <Money value={prices.current.price} />
                  </span>
                  {prices.current.was != null && <Was value={prices.current.was} />}
                </Group>
                <Why product={product} />
              </div>
            )}
            {canSet && lists.data !== undefined && lists.data.length > 0 && (
              <Group gap="xs">
                <Button variant="default" onClick={() => setOpen('price')}>
                  {t('price.set')}
                </Button>
                <Button variant="default" onClick={() => setOpen('reduction')}>
                  {t('price.reduce')}
                </Button>
                {open === 'price' && <SetPriceForm product={product.id} lists={lists.data} onClose={close} />}
                {open === 'reduction' && <ReduceForm product={product.id} lists={lists.data} onClose={close} />}
              </Group>
            )}
            <Schedule prices={prices} />
          </Stack>
        )}
      </Show>
    </Panel>
  );
}

function Was({ value }: { value: Schemas['Money'] }) {
  const t = useCatalogTexts();
  return <Text c="dimmed">{t('price.was', { price: money(value, locale(useLanguage())) })}</Text>;
}

/** How the price that shoppers pay came about, in sentences. */
function Why({ product }: { product: Product }) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const now = useNow();
  const lists = usePriceLists();
  const taxes = useTaxClasses();
  const quote = useQuery({
    queryKey: ['pricing', 'why', product.id],
    queryFn: async () => {
      try {
        const line = { product: product.id, quantity: { milli: 1000, unit: product.unit } };
        return (await ok(api.POST('/api/pricing/quote', { body: { lines: [line] } }))).lines[0]?.why ?? [];
      } catch (error) {
        if (isProblem(error, 'kit/not-found')) return [];
        throw error;
      }
    },
    meta: { live: ['pricing'] },
  });
  const zone = useCompany()?.zone;
  const when = (at: string) => instant(at, code, now, zone);
  const rate = (bp: number) => (bp / 100).toLocaleString(code);
  const say = (step: Schemas['Step']): string | undefined => {
    switch (step.step) {
      case 'list_price':
        return t(step.with_tax ? 'why.list_price' : 'why.list_price.net', {
          list: lists.data?.find((list) => list.code === step.list)?.name ?? step.list,
          price: money(step.price, code),
          when: when(step.valid_from),
        });
      case 'reduction':
        return t('why.reduction', { price: money(step.price, code), when: when(step.until) });
      case 'tax':
        return t(step.valid_from.startsWith(ALWAYS) ? 'why.tax.always' : 'why.tax', {
          name: taxes.data?.find((each) => each.code === step.class)?.name ?? step.class,
          rate: rate(step.rate),
          when: when(step.valid_from),
        });
      case 'quantity':
        return undefined;
    }
  };
  if (quote.data === undefined || quote.data.length === 0) return null;
  return (
    <ul className={classes['why']} aria-label={t('price.why')}>
      {quote.data.map((step) => {
        const said = say(step);
        return said !== undefined && <li key={step.step}>{said}</li>;
      })}
    </ul>
  );
}

/** Every rate of every tax class, each from a moment on, with the version to change them upon. */
export function useTaxRates() {
  return useQuery({
    queryKey: ['pricing', 'tax-classes'],
    queryFn: () => ok(api.GET('/api/pricing/tax-classes', {})),
    staleTime: 300_000,
  });
}

/** The tax classes with the rate that holds now; one that has not begun with its first. */
export function useTaxClasses() {
  const now = useNow().toISOString();
  const query = useTaxRates();
  const rates = query.data?.classes ?? [];
  const present = new Map<string, Schemas['TaxClassView']>();
  for (const each of rates) if (each.valid_from <= now || !present.has(each.code)) present.set(each.code, each);
  return { ...query, data: query.data && [...present.values()] };
}

interface Line {
  key: string;
  from: string;
  text: string;
  list: string;
  state: 'now' | 'next' | 'past';
  withdraw?: Reduction;
}

/** Every price and reduction on the line of time, what comes last first. */
function Schedule({ prices }: { prices: Schemas['PriceView'] }) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const now = useNow();
  const canSet = useMay()('pricing.edit');
  const lists = usePriceLists();
  const [all, setAll] = useState(false);
  const [asked, setAsked] = useState<Reduction>();
  const withdraw = useCommand({
    run: (one: Reduction) =>
      ok(
        api.PUT('/api/pricing/reductions', {
          body: {
            list: one.list,
            reductions: [{ product: prices.product, from: one.from, until: one.until, price: null }],
          },
        }),
      ),
    touches: [['pricing'], ['catalog']],
    onDone: () => {
      setAsked(undefined);
      toast('good', t('reduce.withdrawn'));
    },
  });
  const zone = useCompany()?.zone;
  const when = (at: string) => instant(at, code, now, zone);
  const present = now.toISOString();
  // What was set for at once has begun, whatever the clock here says.
  const hasBegun = ({ valid_from, set_at }: Schemas['PriceEntry']) => valid_from <= present || valid_from <= set_at;
  const isReplaced = (entry: Schemas['PriceEntry']) =>
    prices.entries.some((other) => other.list === entry.list && other.valid_from > entry.valid_from && hasBegun(other));
  const lines: Line[] = [
    ...prices.entries.map((entry): Line => ({
      key: `${entry.list} ${entry.valid_from}`,
      from: entry.valid_from,
      list: entry.list,
      text: t('schedule.price', { price: money(entry.price, code), when: when(entry.valid_from) }),
      state: !hasBegun(entry) ? 'next' : isReplaced(entry) ? 'past' : 'now',
    })),
    ...prices.reductions.map((one): Line => ({
      key: `reduction ${one.list} ${one.from}`,
      from: one.from,
      list: one.list,
      text: t('schedule.reduction', { price: money(one.price, code), from: when(one.from), until: when(one.until) }),
      state: one.from > present ? 'next' : one.until > present ? 'now' : 'past',
      withdraw: one,
    })),
  ].sort((a, b) => (a.from < b.from ? 1 : -1));
  const tones = { now: 'good', next: 'info', past: 'neutral' } as const;
  const listName = (of: string) => lists.data?.find((list) => list.code === of)?.name ?? of;
  if (lines.length === 0) return null;
  return (
    <div>
      <h3>{t('schedule')}</h3>
      <ul className={classes['entries']}>
        {(all ? lines : lines.slice(0, SHOWN)).map((line) => (
          <li key={line.key}>
            <span>
              {line.text}
              {(lists.data?.length ?? 0) > 1 && <span className="soft"> · {listName(line.list)}</span>}
            </span>
            <Group gap="xs">
              {canSet && line.withdraw !== undefined && line.state !== 'past' && (
                <Button size="compact-xs" variant="default" onClick={() => setAsked(line.withdraw)}>
                  {t('withdraw')}
                </Button>
              )}
              <Status tone={tones[line.state]}>{t(`schedule.${line.state}`)}</Status>
            </Group>
          </li>
        ))}
      </ul>
      {!all && lines.length > SHOWN && (
        <Anchor component="button" type="button" size="sm" onClick={() => setAll(true)}>
          {t('schedule.more', { n: lines.length })}
        </Anchor>
      )}
      {asked !== undefined && (
        <Confirm
          isOpen
          onClose={() => setAsked(undefined)}
          title={t('withdraw')}
          action={t('withdraw')}
          isDangerous
          isRunning={withdraw.isPending}
          error={withdraw.error}
          onConfirm={() => withdraw.mutate(asked)}
        >
          {t('withdraw.text', { price: money(asked.price, code) })}
        </Confirm>
      )}
    </div>
  );
}
