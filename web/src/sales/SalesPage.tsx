// What was sold: by category down to the product, by site, by day or week; beside it the stretch of days before.
import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import { download } from '../kit/csv.ts';
import { DataTable, type Column } from '../kit/DataTable.tsx';
import { useUrlState } from '../kit/filters.tsx';
import { ListFrame, Surface } from '../kit/ListPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { useNow } from '../kit/When.tsx';
import { useProductNames } from '../kit/products.ts';
import { paths } from '../paths.ts';
import { useCompany } from '../session/company.ts';
import { useMay } from '../session/session.ts';
import { useHere, useMySites } from '../session/sites.ts';
import { civilDay, dayIn, fractionDigits } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './sales.module.css';
import { useSalesTexts } from './texts.ts';

type Row = Schemas['SalesRow'];
const BYS = ['category', 'product', 'site', 'day', 'week'] as const;
type By = (typeof BYS)[number];
const DAY_MS = 86_400_000;
const SEVEN = 7;
/** The longest stretch that the server answers about, in days. */
const MOST_DAYS = 1_100;
const DEEPEST = 5;
const MOST_ROWS = 500;

function shifted(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

export function SalesPage() {
  const t = useSalesTexts();
  const code = locale(useLanguage());
  const may = useMay();
  const navigate = useNavigate();
  const sites = useMySites();
  const here = useHere();
  const company = useCompany();
  const chosen = useUrlState({ site: '' }).value.site;
  // A day of sales is one of the site's clock; of all sites together, one of the company's.
  const zone = sites.find(({ id }) => id === (here ?? chosen))?.zone ?? company?.zone;
  const today = dayIn(useNow(), zone);
  const url = useUrlState({ from: shifted(today, 1 - SEVEN), to: today, by: 'category', site: '', path: '' });
  const { from, to, path } = url.value;
  const by = BYS.find((each) => each === url.value.by) ?? 'category';
  const site = here ?? url.value.site;
  const steps = path === '' ? [] : path.split(' > ');
  const length = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  const isTurned = from > to;
  const isWrong = from === '' || to === '' || isTurned || length > MOST_DAYS;
  const question = { ...(site === '' ? {} : { site }), ...(path === '' ? {} : { path }) };
  const sales = useQuery({
    queryKey: ['insight', 'sales', url.value, site],
    queryFn: () =>
      ok(
        api.GET('/api/insight/sales', {
          params: {
            query: {
              from,
              to,
              by,
              ...question,
              limit: MOST_ROWS,
              ...(by === 'category' ? { level: Math.min(DEEPEST, steps.length + 1) } : {}),
            },
          },
        }),
      ),
    enabled: !isWrong,
    // Rows of another kind would be read as what they are not.
    placeholderData: (earlier) => (earlier?.by === by ? earlier : undefined),
  });
  const before = useQuery({
    queryKey: ['insight', 'sales before', url.value, site],
    queryFn: async () => {
      const query = { from: shifted(from, -length), to: shifted(from, -1), by: 'day', limit: 1, ...question };
      return (await ok(api.GET('/api/insight/sales', { params: { query } }))).total;
    },
    enabled: !isWrong,
  });
  const name = useProductNames(
    by === 'product' ? (sales.data?.rows ?? []).map((row) => row.key).filter((key) => key.startsWith('prd_')) : [],
  );
  const said = (row: Row) => {
    if (by === 'day') return civilDay(row.key, code);
    if (by === 'week') return t('week.of', { day: civilDay(row.key, code) });
    if (by === 'category') return row.key.split(' > ').at(-1) ?? row.key;
    return by === 'product' ? name(row.key, row.name ?? row.key) : (row.name ?? row.key);
  };
  // A category that is not told apart any further has no way down but to its products.
  const goDown = (row: Row) =>
    row.key === path || row.key.split(' > ').length >= DEEPEST
      ? url.set({ path: row.key, by: 'product' })
      : url.set({ path: row.key });
  return (
    <ListFrame
      title={t('title')}
      actions={
        <Button
          variant="default"
          leftSection={<Download size={15} aria-hidden />}
          disabled={(sales.data?.rows.length ?? 0) === 0}
          onClick={() =>
            sales.data !== undefined && download(`sales-${by}-${from}-${to}.csv`, file(t, sales.data, said))
          }
        >
          {t('export')}
        </Button>
      }
      filters={
        <>
          <TextInput
            type="date"
            label={t('from')}
            value={from}
            error={isTurned ? t('order') : length > MOST_DAYS && t('long')}
            onChange={(event) => url.set({ from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t('to')}
            value={to}
            onChange={(event) => url.set({ to: event.currentTarget.value })}
          />
          {here === undefined && (
            <Select
              label={t('site')}
              data={[{ value: '', label: t('site.all') }, ...sites.map(({ id, name }) => ({ value: id, label: name }))]}
              value={url.value.site}
              allowDeselect={false}
              searchable={sites.length > 8}
              onChange={(value) => url.set({ site: value ?? '' })}
            />
          )}
          <SegmentedControl
            aria-label={t('by')}
            className={classes['by'] ?? ''}
            data={BYS.map((value) => ({ value, label: t(`by.${value}`) }))}
            value={by}
            onChange={(value) => url.set({ by: value })}
          />
        </>
      }
    >
      {steps.length > 0 && (
        <nav aria-label={t('by.category')} className={classes['crumbs']}>
          <Link to="." search={(old: Record<string, unknown>) => ({ ...old, path: undefined })}>
            {t('all')}
          </Link>
          {steps.map((step, at) => (
            <span key={step}>
              {' › '}
              {at === steps.length - 1 ? (
                <strong>{step}</strong>
              ) : (
                <Link
                  to="."
                  search={(old: Record<string, unknown>) => ({ ...old, path: steps.slice(0, at + 1).join(' > ') })}
                >
                  {step}
                </Link>
              )}
            </span>
          ))}
        </nav>
      )}
      {isWrong ? (
        <Surface>
          <Empty title={t('days.choose')} />
        </Surface>
      ) : (
        <Show query={sales} rows={8}>
          {(found) =>
            found.rows.length === 0 ? (
              <Surface>
                <Empty title={t('empty')} text={t('empty.text')} />
              </Surface>
            ) : (
              <>
                <Sums total={found.total} before={before.data} length={length} />
                {found.rows.length === MOST_ROWS && <p className="soft">{t('first', { n: MOST_ROWS })}</p>}
                <DataTable
                  label={t('title')}
                  rows={found.rows}
                  columns={columns(t, code, found, by, said)}
                  rowKey={(row) => row.key}
                  {...(by === 'category' ? { onOpen: goDown } : {})}
                  {...(by === 'product' && may('catalog.read')
                    ? {
                        href: (row: Row) => paths.product(row.key),
                        onOpen: (row: Row) => void navigate({ to: paths.product(row.key) }),
                      }
                    : {})}
                />
              </>
            )
          }
        </Show>
      )}
    </ListFrame>
  );
}

/** All together, and how that compares with as many days before. */
function Sums(props: { total: Schemas['SalesSum']; before: Schemas['SalesSum'] | undefined; length: number }) {
  const t = useSalesTexts();
  const code = locale(useLanguage());
  const { total, before } = props;
  const rate = new Intl.NumberFormat(code, { style: 'percent', signDisplay: 'exceptZero', maximumFractionDigits: 0 });
  const change = (now: number, then: number) => (then <= 0 ? undefined : rate.format(now / then - 1));
  const units = new Intl.NumberFormat(code, { maximumFractionDigits: 0 });
  const note = (text: string | undefined) =>
    text !== undefined && <span className="soft">{t('against', { change: text, n: props.length })}</span>;
  return (
    <dl className={classes['sums']}>
      <div>
        <dt>{t('value')}</dt>
        <dd>
          <strong>
            <Money value={total.value} />
          </strong>{' '}
          {note(before && change(total.value.minor, before.value.minor))}
        </dd>
      </div>
      <div>
        <dt>{t('units')}</dt>
        <dd>
          <strong className="figures">{units.format(total.units_milli / 1000)}</strong>{' '}
          {note(before && change(total.units_milli, before.units_milli))}
        </dd>
      </div>
      <div>
        <dt>{t('lines')}</dt>
        <dd>
          <strong className="figures">{units.format(total.lines)}</strong>
        </dd>
      </div>
    </dl>
  );
}

function columns(
  t: ReturnType<typeof useSalesTexts>,
  code: string,
  found: Schemas['SalesView'],
  by: By,
  said: (row: Row) => string,
): Column<Row>[] {
  const most = Math.max(1, ...found.rows.map((row) => row.value.minor));
  const rate = new Intl.NumberFormat(code, { style: 'percent', maximumFractionDigits: 1 });
  const share = (row: Row) => rate.format(row.value.minor / Math.max(1, found.total.value.minor));
  return [
    { key: 'what', header: t(`by.${by}`), cell: said, width: 'minmax(160px, 3fr)', phone: 'title' },
    {
      key: 'share',
      header: t('share'),
      cell: (row) => (
        <span className={classes['share']}>
          <span className={classes['track']}>
            <span style={{ width: `${String(Math.max(0, (row.value.minor / most) * 100))}%` }} />
          </span>
          <span className="figures">{share(row)}</span>
        </span>
      ),
      width: 'minmax(150px, 2fr)',
      phone: 'below',
    },
    {
      key: 'units',
      header: t('units'),
      cell: (row) => <span className="figures">{(row.units_milli / 1000).toLocaleString(code)}</span>,
      width: '110px',
      align: 'end',
      phone: 'belowSide',
      named: true,
    },
    {
      key: 'lines',
      header: t('lines'),
      cell: (row) => <span className="figures">{row.lines}</span>,
      width: '100px',
      align: 'end',
    },
    {
      key: 'value',
      header: t('value'),
      cell: (row) => <Money value={row.value} />,
      width: '130px',
      align: 'end',
      phone: 'side',
    },
  ];
}

/** The rows of a file, amounts as plain decimals. */
function file(t: ReturnType<typeof useSalesTexts>, found: Schemas['SalesView'], said: (row: Row) => string) {
  const { currency } = found.total.value;
  const digits = fractionDigits(currency);
  return [
    [t(`by.${found.by}`), t('units'), t('lines'), `${t('value')}, ${currency}`],
    ...found.rows.map((row) => [
      found.by === 'day' || found.by === 'week' || found.by === 'category' ? row.key : said(row),
      String(row.units_milli / 1000),
      row.lines,
      (row.value.minor / 10 ** digits).toFixed(digits),
    ]),
  ];
}
