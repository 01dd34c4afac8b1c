// Filters that live in the URL: a list can be sent to a colleague, and the way back leads to the same rows.
import { CloseButton, Select, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useShortcut } from './shortcuts.tsx';
import { useKitTexts } from './texts.ts';

export interface UrlState<T extends Record<string, string>> {
  value: T;
  set: (change: Partial<T>) => void;
  /** Back to the defaults; absent while nothing narrows the list. */
  filtered: { reset: () => void } | undefined;
}

/** Part of the URL's query as state. `defaults` names the words and what they are when absent. */
export function useUrlState<T extends Record<string, string>>(defaults: T): UrlState<T> {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const value = Object.fromEntries(
    Object.entries(defaults).map(([name, usual]) => [name, typeof search[name] === 'string' ? search[name] : usual]),
  ) as T;
  const set = (change: Partial<T>) => {
    const all = Object.entries<unknown>({ ...search, ...value, ...change });
    const next = Object.fromEntries(all.filter(([name, now]) => now !== defaults[name]));
    void navigate({ to: '.', search: next, replace: true });
  };
  const narrows = Object.entries(defaults).some(([name, usual]) => value[name] !== usual);
  return { value, set, filtered: narrows ? { reset: () => set(defaults) } : undefined };
}

const PAUSE_MS = 250;

/** A search field; tells what was typed after a short pause. `/` leads to it. */
export function SearchFilter(props: { label: string; value: string; onChange: (value: string) => void }) {
  const t = useKitTexts();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(props.value);
  // What was told and has not come back yet. Meanwhile more may be typed, so that is left alone; anything else that comes was changed
  // from outside, e.g. by "reset filters" or the way back.
  const [sent, setSent] = useState<readonly string[]>([]);
  const [last, setLast] = useState(props.value);
  if (last !== props.value) {
    setLast(props.value);
    const at = sent.indexOf(props.value);
    setSent(at < 0 ? [] : sent.slice(at + 1));
    if (at < 0) setText(props.value);
  }
  const told = sent.at(-1) ?? last;
  useShortcut('/', t('shortcuts.search'), () => field.current?.focus());
  const { onChange } = props;
  useEffect(() => {
    if (text === told) return undefined;
    const timer = window.setTimeout(() => {
      setSent((before) => [...before, text]);
      onChange(text);
    }, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text, told, onChange]);
  return (
    <TextInput
      ref={field}
      type="search"
      aria-label={props.label}
      placeholder={props.label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      leftSection={<Search size={16} aria-hidden />}
      rightSection={
        text === '' ? undefined : <CloseButton size="sm" aria-label={t('clear')} onClick={() => setText('')} />
      }
      w={280}
      maw="100%"
    />
  );
}

/** A choice of one, or all. */
export function ChoiceFilter(props: {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  const t = useKitTexts();
  return (
    <Select
      aria-label={props.label}
      data={[{ value: '', label: `${props.label}: ${t('all').toLowerCase()}` }, ...props.options]}
      value={props.value}
      allowDeselect={false}
      onChange={(value) => props.onChange(value ?? '')}
      w={190}
      maw="100%"
    />
  );
}
