// Home: how today goes, and what work waits. Every figure leads to what it counts.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { OrderStatus, Status } from '../kit/Status.tsx';
import { paths } from '../paths.ts';
import { useMay, useMe } from '../session/session.ts';
import { useHere } from '../session/sites.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './home.module.css';
import { useHomeTexts } from './texts.ts';

type Today = Schemas['TodayView'];
/** Whoever holds one of these has work that waits. */
const WORK = ['contact.work', 'inventory.pick', 'delivery.drive', 'orders.read', 'processes.read'] as const;

export function HomePage() {
  const t = useHomeTexts();
  const may = useMay();
  const me = useMe();
  const sees = ['insight.read', ...WORK].some((permission) => may(permission));
  return (
    <section className={classes['page']}>
      <h1>{t('welcome', { name: me.person?.name ?? '' })}</h1>
      {!sees && <Empty title={t('none')} text={t('none.text')} />}
      <Waiting />
      {may('insight.read') && <Day />}
    </section>
  );
}

/** Who works at some sites only asks of the one they are at; who works everywhere of all. */
function useAt(): { site: string } | undefined {
  const site = useHere();
  return site === undefined ? undefined : { site };
}

function Day() {
  const here = useAt();
  const query = useQuery({
    queryKey: ['insight', 'today', here],
    queryFn: () => ok(api.GET('/api/insight/today', { params: { query: { ...here } } })),
  });
  return <Show query={query}>{(today) => <Figures today={today} />}</Show>;
}

function Figures({ today }: { today: Today }) {
  const t = useHomeTexts();
  const code = locale(useLanguage());
  const states = ['awaiting_payment', 'placed', 'confirmed', 'released', 'delivered', 'returned', 'cancelled'] as const;
  const most = Math.max(1, ...today.hours.map((hour) => hour.revenue.minor));
  return (
    <section className={classes['day']}>
      <h2 className={classes['heading']}>{t('title')}</h2>
      <div className={classes['tiles']}>
        <Tile
          label={t('placed')}
          value={today.orders.all}
          note={t('yesterday', { value: today.yesterday.orders })}
          to={paths.orders}
        />
        <Tile
          label={t('revenue')}
          value={<Money value={today.revenue} />}
          note={t('yesterday', { value: money(today.yesterday.revenue, code) })}
        />
        {today.average_basket != null && <Tile label={t('basket')} value={<Money value={today.average_basket} />} />}
      </div>
      <div className={classes['halves']}>
        <Panel title={t('states')}>
          <ul className={classes['states']}>
            {states.map((state) => (
              <li key={state}>
                <Link to={paths.orders} search={{ state }}>
                  <OrderStatus state={state} />
                </Link>
                <span className="figures">{today.orders[state]}</span>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title={t('hours')}>
          <ol className={classes['bars']}>
            {wholeDay(today.hours).map((hour) => {
              if (hour.revenue === undefined) return <li key={hour.hour}>{clockHour(hour.hour)}</li>;
              const label = t('hour', { hour: String(hour.hour), n: hour.orders, value: money(hour.revenue, code) });
              return (
                <li key={hour.hour} title={label}>
                  <span
                    className={classes['bar']}
                    style={{ height: `${String(Math.round((hour.revenue.minor / most) * 100))}%` }}
                  />
                  {clockHour(hour.hour)}
                  <span className="unseen">{label}</span>
                </li>
              );
            })}
          </ol>
        </Panel>
      </div>
    </section>
  );
}

const HOURS = 24;
const LABELLED = 6;

/** The hours of a business day in their order; those to come without figures. */
function wholeDay(hours: Today['hours']): readonly (Today['hours'][number] | { hour: number; revenue?: undefined })[] {
  const first = hours[0]?.hour ?? 0;
  const rest = Array.from({ length: Math.max(0, HOURS - hours.length) }, (_, at) => ({
    hour: (first + hours.length + at) % HOURS,
  }));
  return [...hours, ...rest];
}

function clockHour(hour: number) {
  return (
    <span className={classes['hour']} aria-hidden>
      {hour % LABELLED === 0 ? `${String(hour)}:00` : ''}
    </span>
  );
}

function Tile(props: {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  to?: string;
  search?: Record<string, string>;
}) {
  const inside = (
    <>
      <span className={classes['label']}>{props.label}</span>
      <span className={classes['value']}>{props.value}</span>
      {props.note !== undefined && props.note !== false && <span className={classes['label']}>{props.note}</span>}
    </>
  );
  return props.to === undefined ? (
    <div className={classes['tile']}>{inside}</div>
  ) : (
    <Link to={props.to} search={props.search ?? {}} className={classes['tile']}>
      {inside}
    </Link>
  );
}

/** What waits for this person now, each figure with its way there. */
function Waiting() {
  const t = useHomeTexts();
  const may = useMay();
  if (!WORK.some((permission) => may(permission))) return null;
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting" className={classes['heading']}>
        {t('waiting')}
      </h2>
      <div className={classes['tiles']}>
        {may('contact.work') && <Calls />}
        {may('inventory.pick') && <Picks />}
        {may('delivery.drive') && <Stops />}
        {may('orders.read') && <Open />}
        {may('processes.read') && <Stuck />}
        {may('gateway.troubles') && <Troubles />}
      </div>
    </section>
  );
}

/** A figure that is not known yet, or cannot be read. */
function figure(query: { data: unknown; isPending: boolean }, value: number | undefined): ReactNode {
  return query.data === undefined ? (query.isPending ? '…' : '–') : value;
}

function Calls() {
  const t = useHomeTexts();
  const calls = useQuery({
    queryKey: ['contact', 'counts'],
    queryFn: async () =>
      (await ok(api.GET('/api/contact/calls', { params: { query: { state: 'waiting', limit: 1 } } }))).counts,
  });
  const overdue = calls.data?.overdue ?? 0;
  return (
    <Tile
      label={t('calls')}
      value={figure(calls, calls.data?.waiting)}
      note={overdue > 0 && <Status tone="bad">{t('calls.overdue', { n: overdue })}</Status>}
      to={paths.contact}
    />
  );
}

function Picks() {
  const t = useHomeTexts();
  const picks = useQuery({
    queryKey: ['inventory', 'picks waiting'],
    queryFn: async () => (await ok(api.GET('/api/inventory/picks/waiting'))).sites,
  });
  const sum = (of: (site: Schemas['SiteWork']) => number) =>
    (picks.data ?? []).reduce((all, site) => all + of(site), 0);
  const leaving = sum((site) => site.to_hand_over);
  const back = sum((site) => site.to_put_back);
  return (
    <Tile
      label={t('picks')}
      value={figure(
        picks,
        sum((site) => site.to_pick + site.to_pack),
      )}
      note={
        <>
          {leaving > 0 && t('picks.leaving', { n: leaving })}
          {back > 0 && <Status tone="warning">{t('picks.back', { n: back })}</Status>}
        </>
      }
      to={paths.picking}
    />
  );
}

const MOST_STOPS = 100;

/** Where a driver has to go, and where they were in vain. */
function Stops() {
  const t = useHomeTexts();
  const here = useAt();
  const stops = useQuery({
    queryKey: ['delivery', 'stops', here],
    queryFn: async () => {
      const count = async (state: 'handed_over' | 'failed') => {
        const query = { state, limit: MOST_STOPS, ...here };
        return (await ok(api.GET('/api/delivery/shipments', { params: { query } }))).shipments.length;
      };
      const [fresh, again] = await Promise.all([count('handed_over'), count('failed')]);
      return { fresh, again };
    },
  });
  const { fresh = 0, again = 0 } = stops.data ?? {};
  return (
    <Tile
      label={t('stops')}
      value={figure(stops, fresh + again)}
      note={again > 0 && <Status tone="warning">{t('stops.again', { n: again })}</Status>}
      to={paths.deliveries}
    />
  );
}

function Open() {
  const t = useHomeTexts();
  const here = useAt();
  const open = useQuery({
    queryKey: ['orders', 'counts', here],
    queryFn: () => ok(api.GET('/api/orders/counts', { params: { query: { ...here } } })),
  });
  const count = (state: string) =>
    open.data?.counts.filter((each) => each.state === state).reduce((sum, each) => sum + each.orders, 0) ?? 0;
  return (
    <Tile
      label={t('open')}
      value={figure(open, count('confirmed'))}
      note={t('open.placed', { n: count('placed') })}
      to={paths.orders}
      search={{ state: 'confirmed', ...here }}
    />
  );
}

const MOST_STUCK = 100;

function Stuck() {
  const t = useHomeTexts();
  const here = useAt();
  const incidents = useQuery({
    queryKey: ['processes', 'incidents', 'count', here],
    queryFn: () =>
      ok(api.GET('/api/processes/incidents', { params: { query: { state: 'open', limit: MOST_STUCK, ...here } } })),
  });
  const stuck = incidents.data?.incidents.length ?? 0;
  return (
    <Tile
      label={t('incidents')}
      value={figure(incidents, stuck)}
      note={
        stuck === 0 ? (
          incidents.data !== undefined && t('incidents.none')
        ) : (
          <Status tone="bad">{t('incidents.look')}</Status>
        )
      }
      to={paths.incidents}
    />
  );
}

/** No journal tells of troubles. */
const TROUBLES_MS = 15_000;

/** Services that fail at something again and again, or do not answer; nothing while there are none. */
function Troubles() {
  const t = useHomeTexts();
  const { data } = useQuery({
    queryKey: ['gateway', 'troubles'],
    queryFn: () => ok(api.GET('/api/gateway/troubles/all')),
    refetchInterval: TROUBLES_MS,
  });
  const services = new Set([...(data?.silent ?? []), ...(data?.services ?? []).map(({ service }) => service)]);
  if (services.size === 0) return null;
  return (
    <Tile
      label={t('troubles')}
      value={services.size}
      note={<Status tone="bad">{t('incidents.look')}</Status>}
      to={paths.incidents}
    />
  );
}
