// The clerk's work: what is to be picked at this store, the oldest first.
import { SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { useUrlState } from '../kit/filters.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { Status, type Tone } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useSite } from '../session/sites.ts';
import { useHandDensity } from '../ui/density.ts';
import classes from './picking.module.css';
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
  const site = useSite();
  const url = useUrlState({ show: '' });
  useHandDensity();
  const isDone = url.value.show === 'done';
  const query = useQuery({
    queryKey: ['inventory', 'picks', site?.id, url.value.show],
    queryFn: () =>
      ok(
        api.GET('/api/inventory/picks', {
          params: { query: { site: site?.id ?? '', limit: 100, ...(isDone ? { state: 'handed_over' as const } : {}) } },
        }),
      ),
    enabled: site !== undefined,
    refetchInterval: 20_000,
  });
  return (
    <section className={classes['page']}>
      <header className={classes['row']}>
        <h1>
          {t('title')} {site !== undefined && <span className={classes['soft']}>{t('at', { site: site.name })}</span>}
        </h1>
      </header>
      <SegmentedControl
        fullWidth
        value={url.value.show}
        onChange={(show) => url.set({ show })}
        data={[
          { value: '', label: t('work') },
          { value: 'done', label: t('done') },
        ]}
      />
      {site === undefined ? (
        <Empty title={t('site.none')} />
      ) : (
        <Show query={query}>
          {({ picks }) =>
            picks.length === 0 ? (
              <Empty title={t(isDone ? 'empty.done' : 'empty')} {...(isDone ? {} : { text: t('empty.text') })} />
            ) : (
              picks.map((pick) => <Card key={pick.id} pick={pick} />)
            )
          }
        </Show>
      )}
    </section>
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
