// In what two versions of a table differ: rows that came, went, moved, or say something else. Pure.
import type { Row, Shown, Table } from './dmn.ts';

export type Difference =
  | { kind: 'hit'; before: string; after: string }
  | { kind: 'formula'; before: string; after: string }
  | { kind: 'column'; column: string; isNew: boolean }
  | { kind: 'added'; row: number; of: Row }
  | { kind: 'removed'; row: number; of: Row }
  | { kind: 'moved'; row: number; before: number; of: Row }
  | { kind: 'changed'; row: number; of: Row; cells: { column: string; before: string; after: string }[] };

export function differences(before: Shown, after: Shown): Difference[] {
  const found: Difference[] = [];
  if ((before.formula ?? '') !== (after.formula ?? '')) {
    found.push({ kind: 'formula', before: before.formula ?? '–', after: after.formula ?? '–' });
  }
  if (before.table === undefined || after.table === undefined) return found;
  return [...found, ...ofTables(before.table, after.table)];
}

function ofTables(before: Table, after: Table): Difference[] {
  const found: Difference[] = [];
  if (before.hit !== after.hit) found.push({ kind: 'hit', before: before.hit, after: after.hit });
  const names = (table: Table) => [...table.inputs, ...table.outputs].map(({ name }) => name);
  const [old, now] = [names(before), names(after)];
  for (const column of now.filter((each) => !old.includes(each))) found.push({ kind: 'column', column, isNew: true });
  for (const column of old.filter((each) => !now.includes(each))) found.push({ kind: 'column', column, isNew: false });
  return [...found, ...ofRows(before, after)];
}

/** A row by the names of its columns, so that columns may come and go. */
function said(table: Table, row: Row): Map<string, string> {
  const cells = [
    ...table.inputs.map(({ name }, at) => [name, row.inputs[at] ?? ''] as const),
    ...table.outputs.map(({ name }, at) => [name, row.outputs[at] ?? ''] as const),
  ];
  return new Map(cells.map(([name, text]) => [name, text === '' ? '-' : text]));
}

function ofRows(before: Table, after: Table): Difference[] {
  const text = (table: Table) => (row: Row) => JSON.stringify([...said(table, row)].sort());
  const [old, now] = [before.rows.map(text(before)), after.rows.map(text(after))];
  const kept = common(old, now);
  const gone = new Set([...old.keys()].filter((at) => !kept.some(([before_]) => before_ === at)));
  const come = new Set([...now.keys()].filter((at) => !kept.some(([, after_]) => after_ === at)));
  const found: Difference[] = [];
  for (const at of [...come]) {
    const from = [...gone].find((each) => old[each] === now[at]);
    const of = after.rows[at];
    if (from === undefined || of === undefined) continue;
    gone.delete(from);
    come.delete(at);
    found.push({ kind: 'moved', row: at + 1, before: from + 1, of });
  }
  for (const at of [...come]) {
    const of = rowOf(after, at);
    const cells = said(after, of);
    const near = [...gone]
      .map((from) => ({ from, cells: changes(said(before, rowOf(before, from)), cells) }))
      .filter((each) => each.cells.length <= Math.max(1, cells.size / 2))
      .sort((a, b) => a.cells.length - b.cells.length || Math.abs(a.from - at) - Math.abs(b.from - at))[0];
    if (near === undefined) continue;
    gone.delete(near.from);
    come.delete(at);
    found.push({ kind: 'changed', row: at + 1, of, cells: near.cells });
  }
  for (const at of come) found.push({ kind: 'added', row: at + 1, of: rowOf(after, at) });
  for (const at of gone) found.push({ kind: 'removed', row: at + 1, of: rowOf(before, at) });
  const place = (each: Difference) => ('row' in each ? each.row : 0);
  return found.sort((a, b) => place(a) - place(b));
}

function rowOf(table: Table, at: number): Row {
  return table.rows[at] ?? { inputs: [], outputs: [], annotations: [] };
}

function changes(before: Map<string, string>, after: Map<string, string>) {
  return [...after]
    .filter(([column, text]) => before.has(column) && before.get(column) !== text)
    .map(([column, text]) => ({ column, before: before.get(column) ?? '', after: text }));
}

/** The longest rows in common in the same order, as pairs of places. */
function common(old: readonly string[], now: readonly string[]): [number, number][] {
  const length: number[][] = Array.from({ length: old.length + 1 }, () => Array<number>(now.length + 1).fill(0));
  const at = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = length[i];
      if (row !== undefined) row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < old.length && j < now.length;) {
    if (old[i] === now[j]) {
      pairs.push([i, j]);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}
