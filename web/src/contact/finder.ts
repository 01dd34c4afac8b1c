// A field that finds while one types: arrows move through what was found, Enter or a press of the finger chooses, Escape empties it.
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import classes from './contact.module.css';

const TYPED_MS = 200;
const LEAST = 2;

export interface Finder<Row> {
  /** Names what is asked, beside what was typed. */
  key: readonly [string, string, ...unknown[]];
  find: (typed: string) => Promise<Row[]>;
  /** No row: the choice after the last one, where there is one. */
  onChoose: (row: Row | undefined, typed: string) => void;
  /** There is one more choice than what was found. */
  hasLast?: boolean;
  /** The typing begins here. */
  isFocused: boolean;
}

export function useFinder<Row>({ key, find, onChoose, hasLast = false, isFocused }: Finder<Row>) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [typed] = useDebouncedValue(text.trim(), TYPED_MS);
  const isAsked = typed.length >= LEAST;
  const found = useQuery({
    queryKey: [...key, typed],
    queryFn: () => find(typed),
    enabled: isAsked,
    meta: { live: [] },
  });
  useEffect(() => {
    if (isFocused) field.current?.focus();
  }, [isFocused]);
  // What was found for fewer letters is nobody's choice.
  const isFound = isAsked && typed === text.trim() && found.data !== undefined;
  const rows = isFound ? found.data : [];
  const last = hasLast ? rows.length : rows.length - 1;
  const isOpen = isFound && last >= 0;
  const marked = Math.max(0, Math.min(at, last));
  const clear = () => {
    setText('');
    setAt(0);
  };
  const choose = (index: number) => {
    onChoose(rows[index], text.trim());
    if (index < rows.length) clear();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(last, marked + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, marked - 1));
    else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      if (isOpen) choose(marked);
    } else if (event.key === 'Escape' && text !== '') {
      event.nativeEvent.stopImmediatePropagation();
      clear();
    } else return;
    event.preventDefault();
  };
  return {
    text: text.trim(),
    rows,
    isOpen,
    isEmpty: isFound && rows.length === 0,
    isFetching: found.isFetching,
    field: {
      'ref': field,
      'value': text,
      'role': 'combobox',
      'aria-expanded': isOpen,
      'aria-controls': id,
      'aria-autocomplete': 'list' as const,
      ...(isOpen ? { 'aria-activedescendant': `${id}-${String(marked)}` } : {}),
      'autoComplete': 'off',
      'onChange': (event: { currentTarget: { value: string } }) => {
        setText(event.currentTarget.value);
        setAt(0);
      },
      onKeyDown,
    },
    list: { id, role: 'listbox', className: classes['found'] },
    option: (index: number) => ({
      'id': `${id}-${String(index)}`,
      'role': 'option',
      'aria-selected': index === marked,
      'className': classes['option'],
      'onPointerEnter': () => setAt(index),
      'onPointerDown': (event: PointerEvent) => {
        event.preventDefault();
        choose(index);
      },
    }),
  };
}
