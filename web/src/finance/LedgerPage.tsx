// The books by day and by account: what was invoiced, what money came and went, and that it all agrees.
import { Button, Select, Table, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { useUrlState } from '../kit/filters.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { paths } from '../paths.ts';
import { useMySites } from '../session/sites.ts';
import { civilDay, fractionDigits, money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { download } from '../kit/csv.ts';
import classes from './finance.module.css';
import { useFinanceTexts } from './texts.ts';

type Day = Schemas['InvoiceDay'];
const SUMS = ['net', 'tax', 'total', 'captured', 'refunded'] as const;
const DAY_MS = 86_400_000;
const SHOWN_DAYS = 14;

/** The calendar day so many days ago, here. */
function daysAgo(days: number): string {
  const date = new Date(Date.now() - days * DAY_MS);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

export function LedgerPage() {
  const t = useFinanceTexts();
  return (
    <DetailPage title={t('title')} side={<Accounts />}>
      <Days />
    </DetailPage>
  );
}

function Days() {
  const t = useFinanceTexts();
  const sites = useMySites();
  const url = useUrlState({ from: daysAgo(SHOWN_DAYS - 1), to: daysAgo(0), site: '' });
  const { from, to, site } = url.value;
  const isTurned = from > to;
  const isLong = Date.parse(to) - Date.parse(from) > 365 * DAY_MS;
  const query = useQuery({
    queryKey: ['finance', 'list', 'days', url.value],
    queryFn: async () =>
      (await ok(api.GET('/api/finance/days', { params: { query: { from, to, ...(site === '' ? {} : { site }) } } })))
        .days,
    enabled: from !== '' && to !== '' && !isTurned && !isLong,
    placeholderData: (earlier) => earlier,
  });
  const days = [...(query.data ?? [])].sort((a, b) => (a.date < b.date ? 1 : -1));
  return (
    <Panel
      title={t('days')}
      actions={
        <Button
          variant="default"
          size="xs"
          leftSection={<Download size={15} aria-hidden />}
          disabled={days.length === 0}
          onClick={() => download(`ledger-${from}-${to}.csv`, rows(t, days))}
        >
          {t('export')}
        </Button>
      }
    >
      <div className={classes['filters']}>
        <TextInput
          type="date"
          label={t('from')}
          value={from}
          error={isTurned ? t('order') : isLong && t('long')}
          onChange={(event) => url.set({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t('to')}
          value={to}
          onChange={(event) => url.set({ to: event.currentTarget.value })}
        />
        <Select
          label={t('site')}
          data={[{ value: '', label: t('site.all') }, ...sites.map(({ id, name }) => ({ value: id, label: name }))]}
          value={site}
          allowDeselect={false}
          onChange={(value) => url.set({ site: value ?? '' })}
        />
      </div>
      <Show query={query}>{() => (days.length === 0 ? <Empty title={t('empty')} /> : <DayTable days={days} />)}</Show>
    </Panel>
  );
}

function DayTable({ days }: { days: readonly Day[] }) {
  const t = useFinanceTexts();
  const code = locale(useLanguage());
  const currency = days[0]?.total.currency ?? 'EUR';
  const sum = (of: (day: Day) => number) => days.reduce((total, day) => total + of(day), 0);
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table mt="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('day')}</Table.Th>
            <Table.Th ta="end">{t('invoices')}</Table.Th>
            <Table.Th ta="end">{t('credit-notes')}</Table.Th>
            {SUMS.map((field) => (
              <Table.Th key={field} ta="end">
                {t(field)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days.map((day) => (
            <Table.Tr key={day.date}>
              <Table.Td className="figures">
                <Link to={paths.invoices} search={{ day: day.date }}>
                  {civilDay(day.date, code)}
                </Link>
              </Table.Td>
              <Table.Td ta="end">{day.invoices}</Table.Td>
              <Table.Td ta="end">{day.credit_notes}</Table.Td>
              {SUMS.map((field) => (
                <Table.Td key={field} ta="end">
                  <Money value={day[field]} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr className={classes['sum'] ?? ''}>
            <Table.Th scope="row">{t('sum')}</Table.Th>
            <Table.Td ta="end">{sum((day) => day.invoices)}</Table.Td>
            <Table.Td ta="end">{sum((day) => day.credit_notes)}</Table.Td>
            {SUMS.map((field) => (
              <Table.Td key={field} ta="end">
                <Money value={{ minor: sum((day) => day[field].minor), currency }} />
              </Table.Td>
            ))}
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The days as rows of a file, amounts as plain decimals. */
function rows(t: ReturnType<typeof useFinanceTexts>, days: readonly Day[]): (string | number)[][] {
  const plain = ({ minor, currency }: Schemas['Money']) => {
    const digits = fractionDigits(currency);
    return (minor / 10 ** digits).toFixed(digits);
  };
  return [
    [
      t('day'),
      t('invoices'),
      t('credit-notes'),
      ...SUMS.map((field) => `${t(field)}, ${days[0]?.total.currency ?? ''}`),
    ],
    ...days.map((day) => [day.date, day.invoices, day.credit_notes, ...SUMS.map((field) => plain(day[field]))]),
  ];
}

function Accounts() {
  const t = useFinanceTexts();
  const code = locale(useLanguage());
  const query = useQuery({
    queryKey: ['finance', 'list', 'accounts'],
    queryFn: async () => (await ok(api.GET('/api/finance/accounts', {}))).accounts,
  });
  return (
    <Panel title={t('accounts')} flush>
      <Show query={query}>
        {(accounts) => {
          const sum = accounts.reduce((total, each) => total + each.balance.minor, 0);
          const currency = accounts[0]?.balance.currency;
          return (
            <>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('number')}</Table.Th>
                    <Table.Th>{t('account')}</Table.Th>
                    <Table.Th ta="end">{t('balance')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {accounts.map((each) => (
                    <Table.Tr key={`${each.company} ${each.number}`}>
                      <Table.Td className="figures">{each.number}</Table.Td>
                      <Table.Td>{t(`account.${each.account ?? 'other'}`)}</Table.Td>
                      <Table.Td ta="end">
                        <Money value={each.balance} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              {currency !== undefined && (
                <div style={{ padding: 'var(--space-3) var(--space-4)' }}>
                  <p className="soft">
                    {sum === 0 ? (
                      t('accounts.sound')
                    ) : (
                      <Status tone="bad">{t('accounts.odd', { sum: money({ minor: sum, currency }, code) })}</Status>
                    )}
                  </p>
                  <Link to={paths.invoices} search={{ paid: 'open' }}>
                    {t('owed')}
                  </Link>
                </div>
              )}
            </>
          );
        }}
      </Show>
    </Panel>
  );
}
