// The queue: orders that need a word with the customer, in the order in which they are called.
import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChartNoAxesColumn, ClipboardPlus, PhoneForwarded } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { isProblem } from '../api/problem.ts';
import type { Column } from '../kit/DataTable.tsx';
import { useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useNow, When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useCompanyClock } from '../session/company.ts';
import { useMay, useMe } from '../session/session.ts';
import { usePeople } from '../session/people.ts';
import { useContactTexts } from './texts.ts';

type Row = Schemas['CallRow'];
const STATES = ['waiting', 'claimed', 'callback', 'closed'] as const;
/** All that changes is told, claims too; what the clock alone changes, such as an age, is asked for now and then. */
const LOOK_MS = 20_000;

export function QueuePage() {
  const t = useContactTexts();
  const navigate = useNavigate();
  const may = useMay();
  const filters = useUrlState({ state: '' });
  const state = STATES.find((each) => each === filters.value.state) ?? 'waiting';
  const pages = usePages<Row>(
    ['contact', 'list', state],
    async (after) => {
      const page = await ok(api.GET('/api/contact/calls', { params: { query: { state, after, limit: 100 } } }));
      return { rows: page.calls, next: page.next };
    },
    LOOK_MS,
  );
  const counts = useQuery({
    queryKey: ['contact', 'counts'],
    queryFn: async () =>
      (await ok(api.GET('/api/contact/calls', { params: { query: { state: 'waiting', limit: 1 } } }))).counts,
    refetchInterval: LOOK_MS,
  });
  const next = useCommand({
    run: () => ok(api.POST('/api/contact/next')),
    touches: [['contact']],
    onDone: (call) => void navigate({ to: paths.call(call.id) }),
    onRefused: (error) => toast(isProblem(error, 'contact/nothing-waiting') ? 'info' : 'bad', t('next.none')),
  });
  useShortcut('o', t('phone.open'), () => void navigate({ to: paths.phoneOrder }), may('orders.sell'));
  useShortcut('n', t('next'), () => next.mutate(undefined));
  return (
    <ListPage
      title={t('title')}
      actions={
        <>
          {may('contact.supervise') && (
            <Button
              component={Link}
              to={paths.contactBoard}
              variant="default"
              leftSection={<ChartNoAxesColumn size={16} aria-hidden />}
            >
              {t('board')}
            </Button>
          )}
          {may('orders.sell') && (
            <Button
              component={Link}
              to={paths.phoneOrder}
              variant="default"
              leftSection={<ClipboardPlus size={16} aria-hidden />}
            >
              {t('phone.open')}
              <Keys keys="o" />
            </Button>
          )}
          <Button
            onClick={() => next.mutate(undefined)}
            loading={next.isPending}
            leftSection={<PhoneForwarded size={16} aria-hidden />}
          >
            {t('next')}
            <Keys keys="n" />
          </Button>
        </>
      }
      above={counts.data && <Counts counts={counts.data} />}
      filters={
        <SegmentedControl
          aria-label={t('state')}
          value={state}
          data={STATES.map((each) => ({ value: each, label: t(`state.${each}`) }))}
          onChange={(value) => filters.set({ state: value === 'waiting' ? '' : value })}
        />
      }
      pages={pages}
      columns={useColumns()}
      rowKey={(row) => row.id}
      href={(row) => paths.call(row.id)}
      empty={<Empty title={t('empty')} text={t('empty.text')} />}
    />
  );
}

/** Why somebody has to be called. */
export function Why({ of }: { of: { why: string; title: string } }) {
  const t = useContactTexts();
  const known = WHYS.find((each) => each === of.why);
  return (
    <Status tone={of.why === 'confirm' ? 'info' : 'warning'}>
      {known === undefined ? of.title : t(`why.${known}`)}
    </Status>
  );
}

const WHYS = ['confirm', 'resolve', 'resolve_again', 'agree', 'pay'] as const;

function Counts({ counts }: { counts: Schemas['CallCounts'] }) {
  const t = useContactTexts();
  return (
    <>
      {t('counts.waiting', { n: counts.waiting })} · {t('counts.claimed', { n: counts.claimed })} ·{' '}
      {t('counts.callbacks', { n: counts.callbacks })}
      {counts.overdue > 0 && (
        <>
          {' '}
          · <strong>{t('counts.overdue', { n: counts.overdue })}</strong>
        </>
      )}
      {counts.oldest_opened_at != null && (
        <>
          {' '}
          · {t('counts.oldest')} <When at={counts.oldest_opened_at} />
        </>
      )}
    </>
  );
}

function useColumns(): Column<Row>[] {
  const t = useContactTexts();
  const me = useMe();
  const name = usePeople();
  const now = useNow();
  const { zone } = useCompanyClock();
  const late = (row: Row) => row.state !== 'closed' && row.due != null && new Date(row.due) < now;
  return [
    { key: 'order', header: t('order'), cell: (row) => row.number ?? '…', width: '90px', phone: 'title' },
    {
      key: 'customer',
      header: t('customer'),
      cell: (row) => row.customer ?? '…',
      width: 'minmax(130px, 2fr)',
      phone: 'below',
    },
    {
      key: 'why',
      header: t('why'),
      cell: (row) => <Why of={row} />,
      width: 'minmax(165px, 1fr)',
    },
    { key: 'since', header: t('since'), cell: (row) => <When at={row.opened_at} />, width: '115px' },
    {
      key: 'due',
      header: t('due'),
      cell: (row) =>
        row.state === 'callback' && row.callback_at != null ? (
          <When at={row.callback_at} exact zone={zone} />
        ) : late(row) || row.escalated ? (
          <Status tone="bad">{row.escalated ? t('escalated') : t('overdue')}</Status>
        ) : (
          row.due != null && <When at={row.due} />
        ),
      width: '130px',
      phone: 'belowSide',
    },
    {
      key: 'attempts',
      header: t('attempts'),
      cell: (row) => (row.attempts > 0 ? row.attempts : ''),
      width: '80px',
      align: 'end',
    },
    {
      key: 'with',
      header: t('with'),
      cell: (row) =>
        row.claimed_by == null
          ? ''
          : row.claimed_by === `person:${me.person?.id ?? ''}`
            ? t('with.me')
            : name(row.claimed_by),
      width: 'minmax(90px, 1fr)',
    },
    {
      key: 'total',
      header: t('total'),
      cell: (row) => row.total != null && <Money value={row.total} />,
      width: '110px',
      align: 'end',
      phone: 'side',
    },
  ];
}
