// The figures of the contact center, from its journal: what waits now, and how the work went by day and agent.
import { Group, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { ChoiceFilter, useUrlState } from '../kit/filters.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './contact.module.css';
import { useContactTexts } from './texts.ts';

const SPANS = { today: 0, week: 6, month: 29 } as const;

/** The day `back` days before today, as YYYY-MM-DD. */
function day(back: number): string {
  const date = new Date();
  date.setDate(date.getDate() - back);
  return `${String(date.getFullYear())}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}

export function BoardPage() {
  const t = useContactTexts();
  const url = useUrlState({ span: '' });
  const span = url.value.span === 'today' || url.value.span === 'month' ? url.value.span : 'week';
  const query = useQuery({
    queryKey: ['contact', 'board', span],
    queryFn: () => ok(api.GET('/api/contact/board', { params: { query: { from: day(SPANS[span]), to: day(0) } } })),
  });
  return (
    <DetailPage
      title={t('board.title')}
      back={{ to: paths.contact, label: t('back') }}
      actions={
        <ChoiceFilter
          label={t('board.day')}
          value={span}
          options={(['today', 'week', 'month'] as const).map((each) => ({ value: each, label: t(`board.${each}`) }))}
          onChange={(value) => url.set({ span: value })}
        />
      }
    >
      <Show query={query}>{(board) => <Board board={board} />}</Show>
    </DetailPage>
  );
}

function Board({ board }: { board: Schemas['ContactBoard'] }) {
  const t = useContactTexts();
  const { now } = board;
  return (
    <>
      <Group gap="lg">
        <span>{t('counts.waiting', { n: now.waiting })}</span>
        <span>{t('counts.claimed', { n: now.claimed })}</span>
        <span>{t('counts.callbacks', { n: now.callbacks })}</span>
        <span>{t('counts.overdue', { n: now.overdue })}</span>
      </Group>
      <Panel title={t('board.rows')} flush>
        {board.rows.length === 0 ? <Empty title={t('board.empty')} /> : <Rows board={board} />}
      </Panel>
    </>
  );
}

const HOUR_MIN = 60;

function Rows({ board }: { board: Schemas['ContactBoard'] }) {
  const t = useContactTexts();
  const name = usePeople();
  const code = locale(useLanguage());
  const percent = new Intl.NumberFormat(code, { style: 'percent', maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(code, { maximumFractionDigits: 1 });
  const day = new Intl.DateTimeFormat(code, { weekday: 'short', day: 'numeric', month: 'short' });
  const minutes = (seconds: number | null | undefined) => {
    if (seconds == null) return '–';
    const whole = Math.round(seconds / 60);
    return whole < HOUR_MIN * 2
      ? t('minutes', { n: whole })
      : t('hours', { h: Math.floor(whole / HOUR_MIN), m: whole % HOUR_MIN });
  };
  const cells = (row: Schemas['Figures']) => (
    <>
      <Table.Td ta="end" data-name={t('board.ended')}>
        {row.ended}
      </Table.Td>
      <Table.Td ta="end" data-name={t('board.confirmed')}>
        {row.confirmed}
      </Table.Td>
      <Table.Td ta="end" data-name={t('board.rate')}>
        {row.confirmation_bp == null ? '–' : percent.format(row.confirmation_bp / 10_000)}
      </Table.Td>
      <Table.Td ta="end" data-name={t('board.first')}>
        {minutes(row.first_attempt_s)}
      </Table.Td>
      <Table.Td ta="end" data-name={t('board.time')}>
        {minutes(row.confirmed_s)}
      </Table.Td>
      <Table.Td ta="end" data-name={t('board.attempts')}>
        {row.attempts_per_call_milli == null ? '–' : decimal.format(row.attempts_per_call_milli / 1000)}
      </Table.Td>
      <Table.Td ta="end" data-name={t('board.upsold')}>
        {row.upsold == null ? '–' : <Money value={row.upsold} />}
      </Table.Td>
    </>
  );
  return (
    <div className={classes['scroll']}>
      <Table className={classes['board'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('board.day')}</Table.Th>
            <Table.Th>{t('board.agent')}</Table.Th>
            <Table.Th ta="end">{t('board.ended')}</Table.Th>
            <Table.Th ta="end">{t('board.confirmed')}</Table.Th>
            <Table.Th ta="end">{t('board.rate')}</Table.Th>
            <Table.Th ta="end">{t('board.first')}</Table.Th>
            <Table.Th ta="end">{t('board.time')}</Table.Th>
            <Table.Th ta="end">{t('board.attempts')}</Table.Th>
            <Table.Th ta="end">{t('board.upsold')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {board.rows.map((row) => (
            <Table.Tr key={`${row.day} ${row.agent ?? ''}`}>
              <Table.Td>{day.format(new Date(`${row.day}T12:00:00`))}</Table.Td>
              <Table.Td>{row.agent == null ? t('board.nobody') : name(row.agent)}</Table.Td>
              {cells(row)}
            </Table.Tr>
          ))}
          <Table.Tr fw={650}>
            <Table.Td>{t('total')}</Table.Td>
            <Table.Td />
            {cells(board.total)}
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </div>
  );
}
