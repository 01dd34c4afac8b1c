// A procedure's BPMN document: its parameters, and in what two of them differ. What is not looked at stays as it is.

/** The namespace of our own attributes. */
const OWN = 'urn:backroom:bpmn:1';

export interface Step {
  id: string;
  kind: string;
  name: string;
  /** What is said of it beside: group, outcomes, due, decision, call. */
  said: Map<string, string>;
}

export interface Procedure {
  key: string;
  elements: Map<string, Step>;
  ways: { from: string; to: string; condition: string }[];
  parameters: Map<string, string>;
}

/** Elements that only hold others together. */
const PARTS = new Set(['incoming', 'outgoing', 'documentation', 'extensionElements', 'sequenceFlow', 'textAnnotation']);
const SAID = new Set(['implementation', 'cancelActivity', 'attachedToRef', 'default', 'triggeredByEvent']);

function parse(xml: string): Document {
  return new DOMParser().parseFromString(xml, 'application/xml');
}

export function procedure(xml: string): Procedure | undefined {
  const process = [...parse(xml).getElementsByTagName('*')].find((each) => each.localName === 'process');
  if (process === undefined) return undefined;
  const found: Procedure = {
    key: process.getAttribute('id') ?? '',
    elements: new Map(),
    ways: [],
    parameters: parametersIn(process),
  };
  collect(process, found);
  return found;
}

function collect(parent: Element, into: Procedure): void {
  for (const each of parent.children) {
    const id = each.getAttribute('id') ?? '';
    if (each.localName === 'sequenceFlow') {
      into.ways.push({
        from: each.getAttribute('sourceRef') ?? '',
        to: each.getAttribute('targetRef') ?? '',
        condition: each.textContent.trim(),
      });
    }
    if (PARTS.has(each.localName) || id === '') continue;
    const said = new Map<string, string>();
    for (const attribute of each.attributes) {
      if (attribute.namespaceURI === OWN || SAID.has(attribute.localName))
        said.set(attribute.localName, attribute.value);
    }
    const event = [...each.children].find((child) => child.localName.endsWith('EventDefinition'));
    if (event !== undefined) said.set('event', (event.getAttribute('messageRef') ?? event.textContent).trim());
    into.elements.set(id, { id, kind: each.localName, name: each.getAttribute('name') ?? '', said });
    if (each.localName === 'subProcess') collect(each, into);
  }
}

function parametersIn(process: Element): Map<string, string> {
  const elements = [...process.getElementsByTagNameNS(OWN, 'parameter')];
  return new Map(elements.map((each) => [each.getAttribute('name') ?? '', each.getAttribute('value') ?? '']));
}

/** The document with another value of a parameter. */
export function withParameter(xml: string, name: string, value: string): string {
  const document = parse(xml);
  for (const each of document.getElementsByTagNameNS(OWN, 'parameter')) {
    if (each.getAttribute('name') === name) each.setAttribute('value', value);
  }
  return new XMLSerializer().serializeToString(document);
}

export type Difference =
  | { kind: 'added' | 'removed'; of: Step }
  | { kind: 'renamed'; of: Step; before: string }
  | { kind: 'changed'; of: Step; field: string; before: string; after: string }
  | { kind: 'way.added' | 'way.removed'; from: string; to: string }
  | { kind: 'parameter'; name: string; before: string; after: string };

export function differences(before: Procedure, after: Procedure): Difference[] {
  const found: Difference[] = [];
  for (const name of new Set([...before.parameters.keys(), ...after.parameters.keys()])) {
    const [was, is] = [before.parameters.get(name) ?? '', after.parameters.get(name) ?? ''];
    if (was !== is) found.push({ kind: 'parameter', name, before: was, after: is });
  }
  for (const of of after.elements.values()) {
    const old = before.elements.get(of.id);
    if (old === undefined) found.push({ kind: 'added', of });
    else found.push(...changes(old, of));
  }
  for (const of of before.elements.values()) if (!after.elements.has(of.id)) found.push({ kind: 'removed', of });
  const name = (in_: Procedure, id: string) => in_.elements.get(id)?.name || id;
  const ways = (of: Procedure) => new Map(of.ways.map((way) => [JSON.stringify(way), way]));
  const [old, now] = [ways(before), ways(after)];
  for (const [text, { from, to }] of now) {
    if (!old.has(text)) found.push({ kind: 'way.added', from: name(after, from), to: name(after, to) });
  }
  for (const [text, { from, to }] of old) {
    if (!now.has(text)) found.push({ kind: 'way.removed', from: name(before, from), to: name(before, to) });
  }
  return found;
}

function changes(before: Step, after: Step): Difference[] {
  const found: Difference[] = [];
  if (before.name !== after.name) found.push({ kind: 'renamed', of: after, before: before.name });
  for (const field of new Set([...before.said.keys(), ...after.said.keys()])) {
    const [was, is] = [before.said.get(field) ?? '', after.said.get(field) ?? ''];
    if (was !== is) found.push({ kind: 'changed', of: after, field, before: was, after: is });
  }
  return found;
}
