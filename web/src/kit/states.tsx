// What stands where data would stand: nothing, not yet, a refusal, no connection. Used by both entries, so without Mantine.
import type { ReactNode } from 'react';
import { asProblem, code, OFFLINE } from '../api/problem.ts';
import { useReachable } from '../api/online.ts';
import classes from './states.module.css';
import { useRefusal } from './refusals.ts';
import { useKitTexts } from './texts.ts';

/** Nothing to show: says why, and what to do next. */
export function Empty(props: { title?: string; text?: string; icon?: ReactNode; action?: ReactNode }) {
  const t = useKitTexts();
  return (
    <div className={classes['empty']}>
      {props.icon !== undefined && (
        <div className={classes['icon']} aria-hidden>
          {props.icon}
        </div>
      )}
      <h2>{props.title ?? t('nothing')}</h2>
      {props.text !== undefined && <p>{props.text}</p>}
      {props.action !== undefined && <div className={classes['action']}>{props.action}</div>}
    </div>
  );
}

/** Loading: bones of the lines to come. */
export function Loading({ rows = 5 }: { rows?: number }) {
  const t = useKitTexts();
  return (
    <>
      <span className="unseen" role="status">
        {t('loading')}
      </span>
      <div className={classes['bones']} aria-busy="true">
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} className={classes['bone']} style={{ width: `${92 - ((row * 17) % 40)}%` }} />
        ))}
      </div>
    </>
  );
}

/** Refusals whose text says all; of the others there is a page. */
const ADVISED = [
  'kit/stale',
  'kit/forbidden',
  'kit/unauthenticated',
  'kit/busy',
  'kit/unknown-outcome',
  'kit/fault',
  'kit/not-found',
];

/** A refusal: what happened, this time, and what to do about it. */
export function ProblemView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useKitTexts();
  const told = useRefusal(error);
  const problem = asProblem(error);
  const name = code(problem);
  const offline = name === OFFLINE;
  const isOurs = name.startsWith('web/');
  const advice = offline ? t('offline.text') : isOurs ? t('problem.web') : undefined;
  const calm = offline || problem.status === 409 || problem.status === 412;
  return (
    <div role="alert" className={`${classes['problem']} ${calm ? classes['calm'] : ''}`}>
      <strong>{offline ? t('offline.title') : told.title}</strong>
      {told.detail !== undefined && told.detail !== told.title && <span>{told.detail}</span>}
      {told.short.length > 0 && (
        <ul className={classes['short']}>
          {told.short.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {advice !== undefined && <span>{advice}</span>}
      {typeof problem['retry_after_s'] === 'number' && (
        <span>{t('problem.wait', { n: problem['retry_after_s'] })}</span>
      )}
      {advice === undefined && !ADVISED.includes(name) && problem.type.startsWith('/problems/') && (
        <a href={problem.type} target="_blank" rel="noreferrer">
          {t('problem.page')}
        </a>
      )}
      {onRetry !== undefined && (
        <button type="button" className={classes['retry']} onClick={onRetry}>
          {t('retry')}
        </button>
      )}
    </div>
  );
}

/** Over everything while the server cannot be reached. */
export function OfflineBanner() {
  const t = useKitTexts();
  if (useReachable()) return null;
  return (
    <div className={classes['banner']} role="status">
      {t('offline.banner')}
    </div>
  );
}

export interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** A query in all its states: bones, a refusal with another try, or what it shows. Old data stay when a later read fails. */
export function Show<T>(props: { query: Asked<T>; rows?: number; children: (data: T) => ReactNode }) {
  const { query } = props;
  if (query.data !== undefined) {
    return (
      <>
        {query.error !== null && query.error !== undefined && <ProblemView error={query.error} />}
        {props.children(query.data)}
      </>
    );
  }
  if (query.isPending) return <Loading rows={props.rows ?? 5} />;
  return <ProblemView error={query.error} onRetry={() => void query.refetch()} />;
}
