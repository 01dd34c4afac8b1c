// What differs between two drawings, in sentences.
import { Text } from '@mantine/core';
import { differences, type Difference, type Procedure, type Step } from './bpmn.ts';
import { useDeadlineName, useSpanSaid } from './Deadline.tsx';
import classes from './processes.module.css';
import { useProcessTexts } from './texts.ts';

const KINDS = [
  'startEvent',
  'endEvent',
  'userTask',
  'serviceTask',
  'businessRuleTask',
  'exclusiveGateway',
  'parallelGateway',
  'eventBasedGateway',
  'boundaryEvent',
  'intermediateCatchEvent',
  'intermediateThrowEvent',
  'subProcess',
] as const;

export function Differences({ before, now }: { before: Procedure; now: Procedure }) {
  const t = useProcessTexts();
  const deadlineName = useDeadlineName();
  const spanSaid = useSpanSaid();
  const kind = (of: string) => t(`kind.${KINDS.find((each) => each === of) ?? 'other'}`);
  const what = (of: Step) => `${kind(of.kind)} “${of.name === '' ? of.id : of.name}”`;
  const text = (value: string) => (value === '' ? t('nothing') : value);
  const say = (each: Difference): string => {
    switch (each.kind) {
      case 'added':
      case 'removed':
        return t(`diff.${each.kind}`, { what: what(each.of) });
      case 'renamed':
        return t('diff.renamed', { kind: kind(each.of.kind), before: each.before, after: each.of.name });
      case 'changed':
        return t('diff.changed', {
          what: what(each.of),
          field: each.field,
          before: text(each.before),
          after: text(each.after),
        });
      case 'way.added':
      case 'way.removed':
        return t(`diff.${each.kind}`, { from: each.from, to: each.to });
      case 'parameter':
        return t('diff.parameter', {
          name: deadlineName(each.name),
          before: text(spanSaid(each.before)),
          after: text(spanSaid(each.after)),
        });
    }
  };
  if (before.key !== now.key) return <Text>{t('compare.other', { key: now.key })}</Text>;
  const found = differences(before, now);
  if (found.length === 0) return <Text>{t('compare.same')}</Text>;
  return (
    <ul className={classes['list']}>
      {found.map((each, at) => (
        <li key={at}>{say(each)}</li>
      ))}
    </ul>
  );
}
