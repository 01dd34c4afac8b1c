// One thing on a page: where one came from, its name and state, what can be done with it, panels in one or two columns.
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import classes from './pages.module.css';

export interface DetailPageProps {
  title: ReactNode;
  /** The list it stands in. */
  back?: { to: string; label: string };
  status?: ReactNode;
  actions?: ReactNode;
  /** The second, narrower column. */
  side?: ReactNode;
  children: ReactNode;
}

export function DetailPage(props: DetailPageProps) {
  return (
    <article className={classes['detail']}>
      <div>
        {props.back !== undefined && (
          <Anchor component={Link} to={props.back.to} size="sm">
            ‹ {props.back.label}
          </Anchor>
        )}
        <header className={classes['head']}>
          <div className={classes['titles']}>
            <h1>{props.title}</h1>
            {props.status}
          </div>
          {props.actions !== undefined && <div className={classes['actions']}>{props.actions}</div>}
        </header>
      </div>
      {props.side === undefined ? (
        <div className={classes['column']}>{props.children}</div>
      ) : (
        <div className={classes['columns']}>
          <div className={classes['column']}>{props.children}</div>
          <aside className={classes['column']}>{props.side}</aside>
        </div>
      )}
    </article>
  );
}

/** A part of a page under its heading. `flush`: its body has no padding, e.g. for a table; `note`: a sentence above all of it. */
export function Panel(props: {
  title: ReactNode;
  actions?: ReactNode;
  note?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  return (
    <section className={classes['panel']}>
      <div className={classes['panelHead']}>
        <h2>{props.title}</h2>
        {props.actions}
      </div>
      {props.note !== undefined && <p className={classes['note']}>{props.note}</p>}
      <div className={props.flush === true ? classes['flush'] : classes['panelBody']}>{props.children}</div>
    </section>
  );
}

/** Names and values. A value that is missing leaves its line out. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={classes['facts']}>
      {of
        .filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '')
        .map(([name, value]) => [<dt key={`${name} name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}

/** What happened, the newest first: what, and below it who, when, why. */
export function Timeline({ entries }: { entries: readonly { key: string; what: ReactNode; meta: ReactNode }[] }) {
  return (
    <ol className={classes['timeline']}>
      {entries.map((entry) => (
        <li key={entry.key}>
          <div>{entry.what}</div>
          <div className={classes['meta']}>{entry.meta}</div>
        </li>
      ))}
    </ol>
  );
}
