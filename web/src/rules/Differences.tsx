// What differs between two versions, in sentences.
import { Text } from '@mantine/core';
import { useColumnName } from './columns.ts';
import { differences, type Difference } from './difference.ts';
import type { Row, Shown, Table } from './dmn.ts';
import { useHitText } from './DecisionGrid.tsx';
import classes from './rules.module.css';
import { useRuleTexts } from './texts.ts';

/** A row as a sentence: `when total > 300: max_sites 3, split_weight 20`. */
function useRowText(): (table: Table | undefined, row: Row) => string {
  const t = useRuleTexts();
  const columnName = useColumnName();
  return (table, row) => {
    const conditions = (table?.inputs ?? [])
      .map(({ name }, at) => ({ name, text: row.inputs[at] ?? '' }))
      .filter(({ text }) => text !== '' && text !== '-')
      .map(({ name, text }) => `${columnName(name)} ${text}`)
      .join(', ');
    const results = (table?.outputs ?? [])
      .map(({ name }, at) => `${columnName(name)} ${row.outputs[at] ?? ''}`)
      .join(', ');
    const when = conditions === '' ? t('always') : t('when', { conditions });
    return t('then', { when, results });
  };
}

export function Differences({ before, now }: { before: Shown; now: Shown }) {
  const t = useRuleTexts();
  const rowText = useRowText();
  const columnName = useColumnName();
  const hitText = useHitText();
  const found = differences(before, now);
  const text = (cell: string) => (cell === '-' ? t('any') : cell);
  const say = (each: Difference): string => {
    switch (each.kind) {
      case 'hit':
        return t('diff.hit', { before: hitText(each.before), after: hitText(each.after) });
      case 'formula':
        return t('diff.formula', { before: each.before, after: each.after });
      case 'column':
        return t(each.isNew ? 'diff.column.added' : 'diff.column.removed', { column: columnName(each.column) });
      case 'added':
        return t('diff.added', { row: each.row, text: rowText(now.table, each.of) });
      case 'removed':
        return t('diff.removed', { row: each.row, text: rowText(before.table, each.of) });
      case 'moved':
        return t('diff.moved', { row: each.row, before: each.before, text: rowText(now.table, each.of) });
      case 'changed':
        return t('diff.changed', {
          row: each.row,
          text: rowText(now.table, each.of),
          changes: each.cells
            .map(({ column, before: was, after }) =>
              t('diff.change', { column: columnName(column), before: text(was), after: text(after) }),
            )
            .join('; '),
        });
    }
  };
  if (found.length === 0) return <Text>{t('compare.same')}</Text>;
  return (
    <ul className={classes['list']}>
      {found.map((each) => {
        const said = say(each);
        return <li key={said}>{said}</li>;
      })}
    </ul>
  );
}
