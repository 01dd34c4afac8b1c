// Home: how today goes, and what work waits. Every figure leads to what it counts.
import { Group } from '@mantine/core';
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
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './home.module.css';
import { useHomeTexts } from './texts.ts';

type Today = Schemas['TodayView'];

/** No journal tells of troubles. */
const TROUBLES_MS = 15_000;

export function HomePage() {
  const t = useHomeTexts();
  const may = useMay();
  const me = useMe();
  const sees = ['insight.read', 'contact.work', 'orders.read', 'processes.read'].some((permission) => may(permission));
  return (
    <section className={classes['page']}>
      <h1>{t('welcome', { name: me.person?.name ?? '' })}</h1>
      {!sees && <Empty title={t('none')} text={t('none.text')} />}
      {may('insight.read') && <Day />}
      <Waiting />
    </section>
  );
}

function Day() {
  const query = useQuery({
    queryKey: ['insight', 'today'],
    queryFn: () => ok(api.GET('/api/insight/today', {})),
  });
  return <Show query={query}>{(today) => <Figures today={today} />}</Show>;
}

function Figures({ today }: { today: Today }) {
  const t = useHomeTexts();
  const code = locale(useLanguage());
  const states = ['awaiting_payment', 'placed', 'confirmed', 'released', 'delivered', 'cancelled'] as const;
  const most = Math.max(1, ...today.hours.map((hour) => hour.revenue.minor));
  return (
    <>
      <div className={classes['tiles']}>
        <Tile
          label={t('placed')}
          value={today.orders.placed}
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
            {today.hours.map((hour) => {
              const label = t('hour', { hour: String(hour.hour), n: hour.orders, value: money(hour.revenue, code) });
              return (
                <li key={hour.hour} title={label}>
                  <span
                    className={classes['bar']}
                    style={{ height: `${String(Math.round((hour.revenue.minor / most) * 100))}%` }}
                  />
                  <span className={classes['hour']}>{hour.hour % 6 === 0 ? hour.hour : ''}</span>
                  <span className="unseen">{label}</span>
                </li>
              );
            })}
          </ol>
        </Panel>
      </div>
    </>
  );
}

function Tile(props: { label: string; value: ReactNode; note?: string; to?: string }) {
  const inside = (
    <>
      <span className={classes['label']}>{props.label}</span>
      <span className={classes['value']}>{props.value}</span>
      {props.note !== undefined && <span className={classes['label']}>{props.note}</span>}
    </>
  );
  return props.to === undefined ? (
    <div className={classes['tile']}>{inside}</div>
  ) : (
    <Link to={props.to} className={classes['tile']}>
      {inside}
    </Link>
  );
}

function Waiting() {
  const t = useHomeTexts();
  const may = useMay();
  const calls = useQuery({
    queryKey: ['contact', 'counts'],
    queryFn: async () =>
      (await ok(api.GET('/api/contact/calls', { params: { query: { state: 'waiting', limit: 1 } } }))).counts,
    enabled: may('contact.work'),
  });
  const open = useQuery({
    queryKey: ['orders', 'counts'],
    queryFn: () => ok(api.GET('/api/orders/counts', {})),
    enabled: may('orders.read'),
  });
  const incidents = useQuery({
    queryKey: ['processes', 'incidents', 'count'],
    queryFn: () => ok(api.GET('/api/processes/incidents', { params: { query: { state: 'open', limit: 100 } } })),
    enabled: may('processes.read'),
  });
  const troubles = useQuery({
    queryKey: ['gateway', 'troubles'],
    queryFn: () => ok(api.GET('/api/gateway/troubles/all')),
    enabled: may('gateway.troubles'),
    refetchInterval: TROUBLES_MS,
  });
  const inTrouble = new Set([
    ...(troubles.data?.silent ?? []),
    ...(troubles.data?.services ?? []).map(({ service }) => service),
  ]).size;
  const toHandOver =
    open.data?.counts.filter(({ state }) => state === 'confirmed').reduce((sum, each) => sum + each.orders, 0) ?? 0;
  const stuck = incidents.data?.incidents.length ?? 0;
  const entries: ReactNode[] = [];
  if (calls.data !== undefined && calls.data.waiting > 0) {
    entries.push(
      <Group key="calls" gap="xs">
        <Link to={paths.contact}>{t('calls', { n: calls.data.waiting })}</Link>
        {calls.data.overdue > 0 && <Status tone="bad">{t('calls.overdue', { n: calls.data.overdue })}</Status>}
      </Group>,
    );
  }
  if (toHandOver > 0) {
    entries.push(
      <Link key="open" to={paths.orders} search={{ state: 'confirmed' }}>
        {t('open', { n: toHandOver })}
      </Link>,
    );
  }
  if (stuck > 0) {
    entries.push(
      <Link key="stuck" to={paths.incidents}>
        <Status tone="bad">{t('incidents', { n: stuck })}</Status>
      </Link>,
    );
  }
  if (inTrouble > 0) {
    entries.push(
      <Link key="troubles" to={paths.incidents}>
        <Status tone="bad">{t('troubles', { n: inTrouble })}</Status>
      </Link>,
    );
  }
  if (!may('contact.work') && !may('orders.read') && !may('processes.read')) return null;
  return (
    <Panel title={t('waiting')}>
      {entries.length === 0 ? (
        t('nothing')
      ) : (
        <ul className={classes['work']}>
          {entries.map((entry, at) => (
            <li key={at}>{entry}</li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
