// The clerk's work: what is to be picked, packed, handed over and put back at a store, the oldest first.
import { Button, SegmentedControl, Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { useUrlState } from '../kit/filters.tsx';
import { Empty, Loading, ProblemView, Show } from '../kit/states.tsx';
import { Status, type Tone } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useMe } from '../session/session.ts';
import { setSite } from '../session/sites.ts';
import { useHandDensity } from '../ui/density.ts';
import classes from './picking.module.css';
import { usePickSites, type PickSites } from './sites.ts';
import { usePickingTexts } from './texts.ts';

type Pick = Schemas['PickSummary'];
const TONES = {
  open: 'info',
  picking: 'warning',
  picked: 'warning',
  packed: 'good',
  handed_over: 'good',
  put_back: 'bad',
  cancelled: 'neutral',
} as const satisfies Record<string, Tone>;

/** Where a pick stands, in a word. */
export function PickStatus({ state }: { state: string }) {
  const t = usePickingTexts();
  const known = (Object.keys(TONES) as (keyof typeof TONES)[]).find((each) => each === state);
  return known === undefined ? null : <Status tone={TONES[known]}>{t(`state.${known}`)}</Status>;
}

export function PickListPage() {
  const t = usePickingTexts();
  const sites = usePickSites();
  const url = useUrlState({ show: '' });
  useHandDensity();
  return (
    <section className={classes['page']}>
      <h1>{t('title')}</h1>
      <SiteChoice of={sites} />
      <SegmentedControl
        fullWidth
        value={url.value.show}
        onChange={(show) => url.set({ show })}
        data={[
          { value: '', label: t('work') },
          { value: 'done', label: t('done') },
        ]}
      />
      {sites.site !== undefined && (
        <Picks key={sites.site.id} site={sites.site.id} isDone={url.value.show === 'done'} />
      )}
      {sites.site === undefined && sites.error !== null && (
        <ProblemView error={sites.error} onRetry={() => void sites.refetch()} />
      )}
      {sites.site === undefined &&
        sites.error === null &&
        (sites.isPending ? <Loading /> : <Empty title={t('site.none')} />)}
    </section>
  );
}

/** At which store one works; what waits elsewhere is a tap away. */
function SiteChoice({ of: { site, all } }: { of: PickSites }) {
  const t = usePickingTexts();
  if (all.length < 2) return site === undefined ? null : <span className={classes['soft']}>{site.name}</span>;
  const elsewhere = all
    .filter((each) => each.site.id !== site?.id && each.waiting > 0)
    .sort((a, b) => b.waiting - a.waiting);
  const label = (name: string, waiting: number) => (waiting === 0 ? name : `${name} · ${t('waiting', { n: waiting })}`);
  return (
    <>
      <Select
        aria-label={t('site')}
        data={all.map((each) => ({ value: each.site.id, label: label(each.site.name, each.waiting) }))}
        value={site?.id ?? null}
        allowDeselect={false}
        searchable={all.length > 8}
        onChange={(id) => id !== null && setSite(id)}
      />
      {elsewhere.length > 0 && (
        <div className={classes['elsewhere']}>
          {elsewhere.slice(0, MOST_ELSEWHERE).map((each) => (
            <Button key={each.site.id} variant="default" size="xs" onClick={() => setSite(each.site.id)}>
              {label(each.site.name, each.waiting)}
            </Button>
          ))}
          {elsewhere.length > MOST_ELSEWHERE && (
            <span className={classes['soft']}>{t('elsewhere', { n: elsewhere.length - MOST_ELSEWHERE })}</span>
          )}
        </div>
      )}
    </>
  );
}

const MOST_ELSEWHERE = 3;
/** What is to be done, in the order in which it is shown. */
const WORK = ['open', 'picked', 'packed', 'put_back'] as const;

function Picks({ site, isDone }: { site: string; isDone: boolean }) {
  const t = usePickingTexts();
  const me = useMe();
  const query = useQuery({
    queryKey: ['inventory', 'picks', site, isDone],
    queryFn: () =>
      ok(
        api.GET('/api/inventory/picks', {
          params: { query: { site, limit: 100, ...(isDone ? { state: 'handed_over' as const } : {}) } },
        }),
      ),
    refetchInterval: 20_000,
  });
  const coming = useQuery({
    queryKey: ['inventory', 'returns', site],
    queryFn: async () =>
      (await ok(api.GET('/api/inventory/returns', { params: { query: { site, limit: 100 } } }))).returns,
    enabled: !isDone,
    refetchInterval: 20_000,
  });
  const back = isDone ? [] : (coming.data ?? []);
  const isMine = (pick: Pick) => pick.taken_by === `person:${me.person?.id ?? ''}`;
  const step = (pick: Pick) => WORK.find((each) => each === pick.state) ?? 'open';
  return (
    <Show query={query}>
      {({ picks }) => {
        if (picks.length + back.length === 0)
          return <Empty title={t(isDone ? 'empty.done' : 'empty')} {...(isDone ? {} : { text: t('empty.text') })} />;
        if (isDone) return picks.map((pick) => <Card key={pick.id} pick={pick} />);
        const mine = picks.filter(isMine);
        const others = picks.filter((pick) => !isMine(pick));
        return (
          <>
            {mine.length > 0 && <Group title={t('group.mine')} picks={mine} />}
            {WORK.map((each) => (
              <Group key={each} title={t(`group.${each}`)} picks={others.filter((pick) => step(pick) === each)} />
            ))}
            <ComingBack of={back} />
          </>
        );
      }}
    </Show>
  );
}

function Group({ title, picks }: { title: string; picks: readonly Pick[] }) {
  if (picks.length === 0) return null;
  return (
    <>
      <h2 className={classes['group']}>
        {title} <span className="soft">{picks.length}</span>
      </h2>
      {picks.map((pick) => (
        <Card key={pick.id} pick={pick} />
      ))}
    </>
  );
}

/** What nobody took: to be taken in when it comes. */
function ComingBack({ of }: { of: readonly Schemas['ReturnView'][] }) {
  const t = usePickingTexts();
  if (of.length === 0) return null;
  return (
    <>
      <h2 className={classes['group']}>
        {t('group.back')} <span className="soft">{of.length}</span>
      </h2>
      {of.map((back) => (
        <Link key={back.id} to={paths.comingBack(back.id)} className={classes['card']}>
          <span className={classes['row']}>
            <span className={classes['number']}>{back.number}</span>
            <Status tone="warning">{t('back.expected')}</Status>
          </span>
          <span className={classes['row']}>
            <span>{t('lines', { n: back.items.length })}</span>
            <span className={classes['soft']}>
              <When at={back.expected_at} />
            </span>
          </span>
        </Link>
      ))}
    </>
  );
}

function Card({ pick }: { pick: Pick }) {
  const t = usePickingTexts();
  const name = usePeople();
  return (
    <Link to={paths.pick(pick.id)} className={classes['card']}>
      <span className={classes['row']}>
        <span className={classes['number']}>{pick.number}</span>
        <PickStatus state={pick.state} />
      </span>
      <span className={classes['row']}>
        <span>
          {t('lines', { n: pick.lines })}
          {pick.state === 'picking' && ` · ${t('progress', { done: pick.lines_done, n: pick.lines })}`}
        </span>
        <span className={classes['soft']}>{t(pick.pick_up ? 'pick-up' : 'courier')}</span>
      </span>
      <span className={`${classes['row']} ${classes['soft']}`}>
        <When at={pick.opened_at} />
        {pick.with_agent ? (
          <Status tone="warning">{t('with-agent')}</Status>
        ) : (
          pick.taken_by != null && <span>{t('taken', { name: name(pick.taken_by) })}</span>
        )}
      </span>
    </Link>
  );
}
