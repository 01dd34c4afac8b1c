// A decision's DMN document as a table of texts: read, compared, changed. What is not shown stays in the document as it is.

export interface Table {
  hit: string;
  inputs: Column[];
  outputs: Column[];
  annotations: string[];
  rows: Row[];
}

export interface Column {
  name: string;
  type: string;
}

export interface Row {
  inputs: string[];
  outputs: string[];
  annotations: string[];
}

/** A document as it is shown: a table, or the text of a formula. */
export interface Shown {
  name: string;
  table?: Table;
  formula?: string;
}

const all = (of: Element, name: string): Element[] => [...of.children].filter((child) => child.localName === name);
const first = (of: Element | undefined, name: string): Element | undefined => of && all(of, name)[0];
const textOf = (of: Element | undefined): string => first(of, 'text')?.textContent.trim() ?? '';

function parse(xml: string): Document {
  return new DOMParser().parseFromString(xml, 'application/xml');
}

/** The decision that is asked: no other one needs it. */
function decisionOf(document: Document): Element | undefined {
  const decisions = [...document.getElementsByTagName('*')].filter((each) => each.localName === 'decision');
  const needed = new Set(
    [...document.getElementsByTagName('*')]
      .filter((each) => each.localName === 'requiredDecision')
      .map((each) => (each.getAttribute('href') ?? '').replace(/^#/, '')),
  );
  return decisions.find((each) => !needed.has(each.getAttribute('id') ?? '')) ?? decisions[0];
}

function tableOf(document: Document): Element | undefined {
  return first(decisionOf(document), 'decisionTable');
}

const rulesOf = (table: Element) => all(table, 'rule');
const cellsOf = (rule: Element) => [
  ...all(rule, 'inputEntry'),
  ...all(rule, 'outputEntry'),
  ...all(rule, 'annotationEntry'),
];

/** What a document says; nothing when it is no DMN. */
export function shown(xml: string): Shown | undefined {
  const document = parse(xml);
  const decision = decisionOf(document);
  if (decision === undefined) return undefined;
  const name = decision.getAttribute('name') ?? '';
  const table = tableOf(document);
  if (table === undefined) return { name, formula: textOf(first(decision, 'literalExpression')) };
  const hit = table.getAttribute('hitPolicy') ?? 'UNIQUE';
  const aggregation = table.getAttribute('aggregation');
  const texts = (rule: Element, part: string) => all(rule, part).map(textOf);
  return {
    name,
    table: {
      hit: aggregation === null ? hit : `${hit} ${aggregation}`,
      inputs: all(table, 'input').map((input) => {
        const expression = first(input, 'inputExpression');
        return {
          name: input.getAttribute('label') ?? textOf(expression),
          type: expression?.getAttribute('typeRef') ?? '',
        };
      }),
      outputs: all(table, 'output').map((output) => ({
        name: output.getAttribute('label') ?? output.getAttribute('name') ?? name,
        type: output.getAttribute('typeRef') ?? '',
      })),
      annotations: all(table, 'annotation').map((each) => each.getAttribute('name') ?? ''),
      rows: rulesOf(table).map((rule) => ({
        inputs: texts(rule, 'inputEntry'),
        outputs: texts(rule, 'outputEntry'),
        annotations: texts(rule, 'annotationEntry'),
      })),
    },
  };
}

/** The document after a change of its rules. */
function changed(xml: string, change: (table: Element, rules: Element[]) => void): string {
  const document = parse(xml);
  const table = tableOf(document);
  if (table === undefined) return xml;
  change(table, rulesOf(table));
  return new XMLSerializer().serializeToString(document);
}

/** Writes one cell; columns are counted over inputs, outputs and annotations. */
export function withCell(xml: string, row: number, column: number, text: string): string {
  return changed(xml, (_, rules) => {
    const rule = rules[row];
    const place = rule === undefined ? undefined : cellsOf(rule)[column];
    const cell = first(place, 'text');
    if (cell !== undefined) cell.textContent = text;
  });
}

/** A copy of a row below it, without what was noted beside. */
export function withRowBelow(xml: string, row: number): string {
  return changed(xml, (_, rules) => {
    const rule = rules[row];
    if (rule === undefined) return;
    const copy = rule.cloneNode(true) as Element;
    const ids = new Set(rules.map((each) => each.getAttribute('id')));
    let number = rules.length + 1;
    while (ids.has(`row_${String(number)}`)) number += 1;
    copy.setAttribute('id', `row_${String(number)}`);
    for (const cell of cellsOf(copy)) cell.removeAttribute('id');
    for (const note of all(copy, 'annotationEntry')) {
      const text = first(note, 'text');
      if (text !== undefined) text.textContent = '';
    }
    rule.after('\n      ', copy);
  });
}

export function withoutRow(xml: string, row: number): string {
  return changed(xml, (_, rules) => rules[row]?.remove());
}

/** The row one place up (-1) or down (1). */
export function withRowMoved(xml: string, row: number, by: -1 | 1): string {
  return changed(xml, (_, rules) => {
    const rule = rules[row];
    const other = rules[row + by];
    if (rule === undefined || other === undefined) return;
    if (by === -1) other.before(rule);
    else other.after(rule);
  });
}
