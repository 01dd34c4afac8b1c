// Who signed in, whose password is being guessed, and the way to end a wait.
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import type { Column } from '../kit/DataTable.tsx';
import { Panel } from '../kit/DetailPage.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Empty, ProblemView } from '../kit/states.tsx';
import { Status, type Tone } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import classes from './staff.module.css';
import { StaffNav } from './StaffNav.tsx';
import { useStaffTexts } from './texts.ts';

type Row = Schemas['SignInView'];
type Attempts = Schemas['AttemptsView'];
const TONES: Record<Row['what'], Tone> = { signed_in: 'good', slowed: 'bad', freed: 'info' };
/** No journal tells of single attempts. */
const LOOK_MS = 15_000;

export function SignInListPage() {
  const t = useStaffTexts();
  const person = usePeople();
  const pages = usePages<Row>(['staff', 'list', 'sign-ins'], async (before) => {
    const page = await ok(api.GET('/api/staff/sign-ins', { params: { query: { before } } }));
    return { rows: page.sign_ins, next: page.next };
  });
  const who = (row: Row) => {
    if (row.person != null) return <Link to={paths.person(row.person)}>{person(`person:${row.person}`)}</Link>;
    return <span className="soft">{t(row.by_address ? 'sign-ins.address' : 'sign-ins.nobody')}</span>;
  };
  const columns: Column<Row>[] = [
    { key: 'who', header: t('name'), cell: who, width: 'minmax(180px, 2fr)', phone: 'title' },
    {
      key: 'what',
      header: t('sign-ins.what'),
      cell: (row) => <Status tone={TONES[row.what]}>{t(`sign-ins.${row.what}`)}</Status>,
      width: '170px',
      phone: 'side',
    },
    {
      key: 'failures',
      header: t('sign-ins.failures'),
      cell: (row) => (row.failures > 0 ? t('sign-ins.failed', { n: row.failures }) : ''),
      width: 'minmax(150px, 1fr)',
      phone: 'belowSide',
    },
    {
      key: 'by',
      header: t('sign-ins.by'),
      cell: (row) => (row.what === 'freed' ? person(row.actor) : ''),
      width: 'minmax(140px, 1fr)',
    },
    {
      key: 'when',
      header: t('sign-ins.when'),
      cell: (row) => <When at={row.at} both />,
      width: '210px',
      phone: 'below',
    },
  ];
  return (
    <ListPage
      title={t('title')}
      above={
        <>
          <StaffNav here="sign-ins" />
          <div className={classes['slowed']}>
            <Slowed />
          </div>
        </>
      }
      pages={pages}
      columns={columns}
      rowKey={(row) => row.id}
      empty={<Empty title={t('sign-ins.empty')} />}
    />
  );
}

/** Logins and addresses whose next attempt has to wait now; nothing while there are none. */
function Slowed() {
  const t = useStaffTexts();
  const person = usePeople();
  const { data } = useQuery({
    queryKey: ['staff', 'attempts'],
    queryFn: async () => (await ok(api.GET('/api/staff/attempts', {}))).attempts,
    refetchInterval: LOOK_MS,
  });
  const free = useCommand({
    run: (key: string) => ok(api.DELETE('/api/staff/attempts/{key}', { params: { path: { key } } })),
    touches: [['staff']],
    onDone: () => toast('good', t('sign-ins.is-freed')),
  });
  const waiting = (data ?? []).filter((each) => each.next_at != null);
  if (waiting.length === 0) return null;
  const whose = (each: Attempts) => {
    if (each.address != null) return t('sign-ins.from', { address: each.address });
    return each.person == null ? t('sign-ins.nobody') : person(`person:${each.person}`);
  };
  return (
    <Panel title={t('sign-ins.waiting')}>
      <Text size="sm" c="dimmed">
        {t('sign-ins.waiting.text')}
      </Text>
      <ul className={classes['waiting']}>
        {waiting.map((each) => (
          <li key={each.key}>
            <span>
              <strong>{whose(each)}</strong>{' '}
              <span className="soft">
                {t('sign-ins.failed', { n: each.failures })} · {t('sign-ins.next')}{' '}
                {each.next_at != null && <When at={each.next_at} />}
              </span>
            </span>
            <Button variant="default" size="xs" loading={free.isPending} onClick={() => free.mutate(each.key)}>
              {t('sign-ins.free')}
            </Button>
          </li>
        ))}
      </ul>
      {free.error !== null && <ProblemView error={free.error} />}
    </Panel>
  );
}
