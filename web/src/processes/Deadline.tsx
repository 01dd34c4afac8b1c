// A deadline in the words of who waits for it: a number and a span; what is written in another way is typed as it is.
import { Group, NumberInput, Select, TextInput } from '@mantine/core';
import { duration, SPANS, written, type Duration } from './duration.ts';
import { useProcessTexts } from './texts.ts';

const KNOWN = ['confirm_within', 'resolve_within', 'agree_within'] as const;

/** What a deadline is for; a name that is not known here, in plain letters. */
export function useDeadlineName(): (name: string) => string {
  const t = useProcessTexts();
  return (name) => {
    const known = KNOWN.find((each) => each === name);
    return known === undefined ? name.replaceAll('_', ' ') : t(`deadline.${known}`);
  };
}

/** `30 minutes` for `PT30M`. */
export function useSpanSaid(): (text: string) => string {
  const t = useProcessTexts();
  return (text) => {
    const said = duration(text);
    return said === undefined ? text : t(`span.${said.span}`, { n: said.n });
  };
}

export function DeadlineField(props: { name: string; value: string; onChange: (value: string) => void }) {
  const t = useProcessTexts();
  const label = useDeadlineName()(props.name);
  const said = duration(props.value);
  if (said === undefined)
    return (
      <TextInput
        label={label}
        description={t('deadlines.hint')}
        value={props.value}
        spellCheck={false}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
    );
  const set = (change: Partial<Duration>) => props.onChange(written({ ...said, ...change }));
  return (
    <Group gap="xs" wrap="nowrap" align="end">
      <NumberInput
        label={label}
        value={said.n}
        min={1}
        max={9999}
        allowDecimal={false}
        allowNegative={false}
        style={{ flex: 1 }}
        onChange={(n) => set({ n: Number(n) })}
      />
      <Select
        aria-label={t('span.of', { deadline: label })}
        data={SPANS.map((value) => ({ value, label: t(`span.${value}.name`) }))}
        value={said.span}
        allowDeselect={false}
        w={120}
        onChange={(span) => set({ span: SPANS.find((each) => each === span) ?? said.span })}
      />
    </Group>
  );
}
