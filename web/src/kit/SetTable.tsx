// A short list that is set as a whole, e.g. ways of delivery: a panel with a table, a button for a new one, and what can be done to each.
import { ActionIcon, Button, Group, Table } from '@mantine/core';
import { Plus, type LucideIcon } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { Panel } from './DetailPage.tsx';
import { Empty, Show, type Asked } from './states.tsx';
import { TextButton } from './TextButton.tsx';
import { useKitTexts } from './texts.ts';

/** What can be done to a row; `label` names the row too, for those who do not see where the button stands. */
export interface Act {
  icon: LucideIcon;
  label: string;
  isDisabled?: boolean;
  onAct: () => void;
}

export interface SetColumn<Row, Seen> {
  key: string;
  header: string;
  cell: (row: Row, at: number, seen: Seen) => ReactNode;
  /** Figures stand at the end. */
  align?: 'end';
  /** Left out on a phone. */
  isWide?: boolean;
  style?: (row: Row, at: number) => CSSProperties;
}

export interface SetTableProps<Row, Seen> {
  title: string;
  note?: ReactNode;
  query: Asked<Seen>;
  rows: (seen: Seen) => readonly Row[];
  rowKey: (row: Row) => string;
  columns: readonly SetColumn<Row, Seen>[];
  empty: { title: string; text?: string };
  /** The button for a new one, once the others are known; absent for who may not. */
  add?: { label: string; isQuiet?: boolean; onAdd: (seen: Seen) => void } | undefined;
  /** What else stands beside the title. */
  actions?: ReactNode;
  /** What the first column's words open; `undefined` for who may not. */
  onOpen?: (row: Row, seen: Seen) => (() => void) | undefined;
  /** What can be done to a row; the column is left out where nothing can be done to any. */
  acts?: (row: Row, at: number, seen: Seen) => readonly (Act | false)[];
  /** Above the table, e.g. why an act was refused. */
  above?: ReactNode;
  /** Forms that the table opens. */
  children?: ReactNode;
}

const ACT_PX = 32;
const SIDES_PX = 28;

export function SetTable<Row, Seen>(props: SetTableProps<Row, Seen>) {
  const { add, query } = props;
  const seen = query.data;
  return (
    <Panel
      title={props.title}
      flush
      {...(props.note === undefined ? {} : { note: props.note })}
      actions={
        <>
          {props.actions}
          {add !== undefined && seen !== undefined && (
            <Button
              {...(add.isQuiet === true ? { variant: 'default' } : {})}
              leftSection={<Plus size={16} aria-hidden />}
              onClick={() => add.onAdd(seen)}
            >
              {add.label}
            </Button>
          )}
        </>
      }
    >
      {props.above}
      <Show query={query}>
        {(known) => (props.rows(known).length === 0 ? <Empty {...props.empty} /> : <Rows {...props} seen={known} />)}
      </Show>
      {props.children}
    </Panel>
  );
}

function Rows<Row, Seen>(props: SetTableProps<Row, Seen> & { seen: Seen }) {
  const { columns, seen, acts, onOpen } = props;
  const t = useKitTexts();
  const rows = props.rows(seen);
  const actsOf = rows.map((row, at) => (acts?.(row, at, seen) ?? []).filter((act) => act !== false));
  const most = Math.max(...actsOf.map((each) => each.length));
  const place = ({ align, isWide }: SetColumn<Row, Seen>, index: number) => ({
    ...(align === undefined ? {} : { ta: align, ...(index + 1 < columns.length ? { pe: { sm: 'xl' } } : {}) }),
    ...(isWide === true ? { visibleFrom: 'sm' as const } : {}),
  });
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column, index) => (
            <Table.Th key={column.key} {...place(column, index)}>
              {column.header}
            </Table.Th>
          ))}
          {most > 0 && <Table.Th aria-label={t('acts')} w={most * ACT_PX + SIDES_PX} />}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, at) => {
          const open = onOpen?.(row, seen);
          return (
            <Table.Tr key={props.rowKey(row)}>
              {columns.map((column, index) => {
                const said = column.cell(row, at, seen);
                return (
                  <Table.Td
                    key={column.key}
                    {...place(column, index)}
                    {...(column.align === undefined ? {} : { className: 'figures' })}
                    {...(column.style === undefined ? {} : { style: column.style(row, at) })}
                  >
                    {index === 0 && open !== undefined ? <TextButton onClick={open}>{said}</TextButton> : said}
                  </Table.Td>
                );
              })}
              {most > 0 && (
                <Table.Td>
                  <Group gap={2} wrap="nowrap" justify="flex-end">
                    {actsOf[at]?.map(({ icon: Icon, label, isDisabled, onAct }) => (
                      <ActionIcon key={label} aria-label={label} disabled={isDisabled ?? false} onClick={onAct}>
                        <Icon size={15} aria-hidden />
                      </ActionIcon>
                    ))}
                  </Group>
                </Table.Td>
              )}
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
