// A decision table as people read it: conditions left, results right, why beside. In a draft its cells are written in place.
import { ActionIcon, Group } from '@mantine/core';
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { useColumnName, useTypeName } from './columns.ts';
import { withCell, withoutRow, withRowBelow, withRowMoved, type Shown } from './dmn.ts';
import classes from './rules.module.css';
import { useRuleTexts } from './texts.ts';

export interface DecisionGridProps {
  shown: Shown;
  /** Rows that decided in the trial, from 1. */
  fired: readonly number[];
  edit?: { xml: string; onChange: (xml: string) => void };
}

const HITS = [
  'FIRST',
  'UNIQUE',
  'ANY',
  'PRIORITY',
  'RULE ORDER',
  'OUTPUT ORDER',
  'COLLECT',
  'COLLECT SUM',
  'COLLECT MIN',
  'COLLECT MAX',
  'COLLECT COUNT',
] as const;

export function useHitText(): (hit: string) => string {
  const t = useRuleTexts();
  return (hit) => {
    const known = HITS.find((each) => each === hit);
    return known === undefined ? hit : t(`hit.${known}`);
  };
}

export function DecisionGrid({ shown, fired, edit }: DecisionGridProps) {
  const t = useRuleTexts();
  const hitText = useHitText();
  const columnName = useColumnName();
  const typeName = useTypeName();
  const { table } = shown;
  if (table === undefined) {
    return (
      <div className={classes['formula']}>
        {t('no-table')} <code>{shown.formula}</code>
      </div>
    );
  }
  const columns = [...table.inputs, ...table.outputs]
    .map(({ name }) => name)
    .concat(table.annotations)
    .map(columnName);
  return (
    <>
      <p className={classes['hit']}>
        {hitText(table.hit)} {edit !== undefined && t('edit.text')}
      </p>
      {/* Wider than the screen on a phone: it can be scrolled by keyboard, too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes['scroll']} tabIndex={0} role="group" aria-label={t('table')}>
        <table className={classes['grid']}>
          <thead>
            <tr>
              <th scope="col">{t('row')}</th>
              {table.inputs.map(({ name, type }) => (
                <th key={name} scope="col" className={classes['input']}>
                  {columnName(name)} <span className={classes['type']}>{typeName(type)}</span>
                </th>
              ))}
              {table.outputs.map(({ name, type }) => (
                <th key={name} scope="col" className={classes['output']}>
                  {columnName(name)} <span className={classes['type']}>{typeName(type)}</span>
                </th>
              ))}
              {table.annotations.map((name) => (
                <th key={name} scope="col">
                  {columnName(name)}
                </th>
              ))}
              {edit !== undefined && <th aria-hidden />}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, at) => {
              const n = at + 1;
              const cells = [...row.inputs, ...row.outputs, ...row.annotations];
              const isFired = fired.includes(n);
              return (
                <tr key={at} className={isFired ? classes['fired'] : undefined} aria-current={isFired || undefined}>
                  <th scope="row" className="figures">
                    {n}
                  </th>
                  {cells.map((text, column) => {
                    const kind =
                      column < row.inputs.length
                        ? 'input'
                        : column < row.inputs.length + row.outputs.length
                          ? 'output'
                          : 'note';
                    return (
                      <td key={column} className={classes[kind]}>
                        {edit === undefined ? (
                          <Written text={text} isInput={kind === 'input'} />
                        ) : (
                          <input
                            className={classes['write']}
                            aria-label={t('edit.cell', { row: n, column: columns[column] ?? '' })}
                            value={text}
                            style={{ minWidth: `${String(Math.min(text.length, kind === 'note' ? 30 : 26) + 3)}ch` }}
                            onChange={(event) =>
                              edit.onChange(withCell(edit.xml, at, column, event.currentTarget.value))
                            }
                          />
                        )}
                      </td>
                    );
                  })}
                  {edit !== undefined && (
                    <td className={classes['acts']}>
                      <Group gap={2} wrap="nowrap">
                        <ActionIcon
                          size={28}
                          aria-label={t('row.up', { row: n })}
                          disabled={at === 0}
                          onClick={() => edit.onChange(withRowMoved(edit.xml, at, -1))}
                        >
                          <ArrowUp size={15} aria-hidden />
                        </ActionIcon>
                        <ActionIcon
                          size={28}
                          aria-label={t('row.down', { row: n })}
                          disabled={n === table.rows.length}
                          onClick={() => edit.onChange(withRowMoved(edit.xml, at, 1))}
                        >
                          <ArrowDown size={15} aria-hidden />
                        </ActionIcon>
                        <ActionIcon
                          size={28}
                          aria-label={`${t('row.add')} (${String(n)})`}
                          onClick={() => edit.onChange(withRowBelow(edit.xml, at))}
                        >
                          <Plus size={15} aria-hidden />
                        </ActionIcon>
                        <ActionIcon
                          size={28}
                          aria-label={t('row.remove', { row: n })}
                          disabled={table.rows.length === 1}
                          onClick={() => edit.onChange(withoutRow(edit.xml, at))}
                        >
                          <X size={15} aria-hidden />
                        </ActionIcon>
                      </Group>
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Written({ text, isInput }: { text: string; isInput: boolean }) {
  const t = useRuleTexts();
  if (isInput && (text === '' || text === '-')) return <span className="soft">{t('any')}</span>;
  return <>{text}</>;
}
