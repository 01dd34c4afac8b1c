// A long table: only the rows in sight are drawn, more come as one scrolls, arrows move and Enter opens.
// On a narrow screen each row folds into a card; the column says where it goes.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import classes from './DataTable.module.css';
import { useKitTexts } from './texts.ts';

export interface Column<Row> {
  key: string;
  header: string;
  /** What the cell shows. */
  cell: (row: Row) => ReactNode;
  /** A grid track, e.g. `120px` or `minmax(160px, 2fr)`; `1fr` when absent. */
  width?: string;
  /** Figures stand at the end. */
  align?: 'end';
  /** Where it goes on a phone; absent: left out there. */
  phone?: 'title' | 'side' | 'below' | 'belowSide';
  /** Says there what it is: a bare figure would not be understood. */
  named?: boolean;
}

export interface DataTableProps<Row> {
  /** Names the table for screen readers. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** Opens a row: by click, by Enter. */
  onOpen?: (row: Row) => void;
  /** The address of a row, so that it can be opened in a new tab; stands on the first column. */
  href?: (row: Row) => string;
  /** The row that is open beside the list. */
  marked?: string;
  /** More rows can be asked for. */
  more?: { loading: boolean; load: () => void };
}

const ROW_PX = 38;
const OVERSCAN = 12;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, more } = props;
  const t = useKitTexts();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const template = columns.map((column) => column.width ?? 'minmax(0, 1fr)').join(' ');
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    getItemKey: (index) => props.rowKey(rows[index] as Row),
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== undefined && !more.loading && rows.length > 0 && lastShown >= rows.length - OVERSCAN) more.load();
  }, [lastShown, rows.length, more]);

  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    setActive(index);
    virtual.scrollToIndex(index);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / ROW_PX) - 1);
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter' && (event.target as HTMLElement).getAttribute('role') === 'row') {
      const row = rows[active];
      if (row !== undefined) props.onOpen?.(row);
    }
  };

  return (
    <div className={classes['frame']}>
      <div
        className={classes['scroller']}
        ref={scroller}
        role="grid"
        aria-label={props.label}
        aria-rowcount={more === undefined ? rows.length + 1 : -1}
      >
        <div role="rowgroup" className={classes['head']}>
          <div role="row" aria-rowindex={1} className={classes['columns']} style={{ gridTemplateColumns: template }}>
            {columns.map((column) => (
              <span
                key={column.key}
                role="columnheader"
                className={`${classes['header']} ${column.align === 'end' ? classes['end'] : ''}`}
              >
                {column.header}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={classes['rows']} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index] as Row;
            const key = props.rowKey(row);
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={item.index}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={props.marked === undefined ? undefined : props.marked === key}
                tabIndex={item.index === active ? 0 : -1}
                className={`${classes['row']} ${props.onOpen === undefined ? classes['quiet'] : ''} ${props.marked === key ? classes['marked'] : ''}`}
                style={{ transform: `translateY(${item.start}px)` }}
                onFocus={() => setActive(item.index)}
                onKeyDown={onKeyDown}
                onClick={(event) => {
                  if (!event.ctrlKey && !event.metaKey) props.onOpen?.(row);
                }}
              >
                <div
                  role="presentation"
                  className={classes['columns']}
                  style={{ gridTemplateColumns: template, minHeight: 'inherit' }}
                >
                  {columns.map((column, place) => (
                    <span
                      key={column.key}
                      role="gridcell"
                      {...(column.named === true && { 'data-name': column.header })}
                      className={`${classes['cell']} ${column.align === 'end' ? classes['end'] : ''} ${classes[column.phone ?? 'hidden']}`}
                    >
                      {place === 0 && props.href !== undefined ? (
                        <a className={classes['link']} href={props.href(row)} tabIndex={-1} onClick={stay}>
                          {column.cell(row)}
                        </a>
                      ) : (
                        column.cell(row)
                      )}
                    </span>
                  ))}
                </div>
              </div>
            );
          })}
        </div>
      </div>
      <div className={classes['foot']}>
        <span>{more === undefined ? t('count', { n: rows.length }) : t('count.more', { n: rows.length })}</span>
        {more !== undefined && (
          <button type="button" className={classes['more']} disabled={more.loading} onClick={more.load}>
            {more.loading ? t('loading') : t('more')}
          </button>
        )}
      </div>
    </div>
  );
}

/** The row opens it; only a click with a key held leaves it to the browser. */
function stay(event: { ctrlKey: boolean; metaKey: boolean; preventDefault: () => void }): void {
  if (!event.ctrlKey && !event.metaKey) event.preventDefault();
}
