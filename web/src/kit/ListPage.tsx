// A list page: title and actions, filters that live in the URL, a virtualised table, and every state a list can be in.
import { Button } from '@mantine/core';
import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import { DataTable, type Column } from './DataTable.tsx';
import classes from './pages.module.css';
import { Empty, Loading, ProblemView } from './states.tsx';
import { useKitTexts } from './texts.ts';

export interface Page<Row> {
  rows: readonly Row[];
  /** Ask for what comes after this; absent on the last page. */
  next?: string | null | undefined;
}

export interface Pages<Row> {
  rows: readonly Row[];
  isPending: boolean;
  error: unknown;
  refetch: () => unknown;
  more: { loading: boolean; load: () => void } | undefined;
}

/** Pages by cursor. Put `list` second in the key, so that live updates find it: `['orders', 'list', filters]`. */
export function usePages<Row>(
  key: QueryKey,
  fetch: (after: string | undefined) => Promise<Page<Row>>,
  /** How often it is asked for of itself, where what it shows is told by nobody. */
  every_ms?: number,
): Pages<Row> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetch(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (earlier) => earlier,
    refetchInterval: every_ms ?? false,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  return {
    rows,
    isPending: query.isPending,
    error: query.error,
    refetch: query.refetch,
    more: query.hasNextPage
      ? {
          loading: query.isFetchingNextPage,
          load: () => void query.fetchNextPage(),
        }
      : undefined,
  };
}

export interface ListPageProps<Row> {
  title: string;
  /** Buttons at the right of the title. */
  actions?: ReactNode;
  /** Under the title: what the list is, counts. */
  above?: ReactNode;
  filters?: ReactNode;
  /** Whether any filter narrows the list; then an empty list offers to reset them. */
  filtered?: { reset: () => void } | undefined;
  pages: Pages<Row>;
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** Where a row leads. */
  href?: (row: Row) => string;
  /** What a row does instead of leading somewhere. */
  onOpen?: (row: Row) => void;
  marked?: string;
  /** What stands there when there is nothing. */
  empty?: ReactNode;
}

export function ListPage<Row>(props: ListPageProps<Row>) {
  const { pages, href, onOpen } = props;
  const navigate = useNavigate();
  const open = onOpen ?? (href && ((row: Row) => void navigate({ to: href(row) })));
  return (
    <ListFrame {...props}>
      {pages.rows.length > 0 ? (
        <>
          {pages.error !== null && <ProblemView error={pages.error} onRetry={() => void pages.refetch()} />}
          <DataTable
            label={props.title}
            rows={pages.rows}
            columns={props.columns}
            rowKey={props.rowKey}
            {...(open === undefined ? {} : { onOpen: open })}
            {...(href === undefined ? {} : { href })}
            {...(props.marked === undefined ? {} : { marked: props.marked })}
            {...(pages.more === undefined ? {} : { more: pages.more })}
          />
        </>
      ) : (
        <ListState {...props} />
      )}
    </ListFrame>
  );
}

/** The frame of a list: what fills it takes what is left of the screen. */
export function ListFrame(props: {
  title: string;
  actions?: ReactNode;
  above?: ReactNode;
  filters?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={classes['list']}>
      <header className={classes['head']}>
        <h1>{props.title}</h1>
        {props.actions !== undefined && <div className={classes['actions']}>{props.actions}</div>}
      </header>
      {props.above !== undefined && <div className={classes['above']}>{props.above}</div>}
      {props.filters !== undefined && <div className={classes['filters']}>{props.filters}</div>}
      {props.children}
    </section>
  );
}

/** Where rows would stand, when something else does. */
export function Surface({ children }: { children: ReactNode }) {
  return <div className={classes['surface']}>{children}</div>;
}

function ListState<Row>({ pages, filtered, empty }: ListPageProps<Row>) {
  const t = useKitTexts();
  if (pages.isPending) {
    return (
      <Surface>
        <Loading rows={8} />
      </Surface>
    );
  }
  if (pages.error !== null) return <ProblemView error={pages.error} onRetry={() => void pages.refetch()} />;
  return (
    <Surface>
      {filtered !== undefined ? (
        <Empty
          title={t('nothing.filtered')}
          action={
            <Button variant="default" onClick={filtered.reset}>
              {t('filters.reset')}
            </Button>
          }
        />
      ) : (
        (empty ?? <Empty />)
      )}
    </Surface>
  );
}
