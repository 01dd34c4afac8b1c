// Who is calling: type a name, a number or a mail address, arrows, Enter. The last choice makes a new customer of what was typed.
import { Loader, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { Status } from '../kit/Status.tsx';
import classes from './contact.module.css';
import { useContactTexts } from './texts.ts';

type Row = Schemas['CustomerRow'];
const TYPED_MS = 200;
const MOST = 6;

export function FindCustomer({ onFound, onNew }: { onFound: (row: Row) => void; onNew: (typed: string) => void }) {
  const t = useContactTexts();
  const list = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [typed] = useDebouncedValue(text.trim(), TYPED_MS);
  const isAsked = typed.length > 1 && text.trim() !== '';
  const found = useQuery({
    queryKey: ['customers', 'search', typed],
    queryFn: async () =>
      (await ok(api.GET('/api/customers', { params: { query: { query: typed, limit: MOST } } }))).customers,
    enabled: isAsked,
    meta: { live: [] },
  });
  // A caller says who they are before anything else.
  useEffect(() => field.current?.focus(), []);
  const rows = isAsked ? (found.data ?? []) : [];
  // What was found for fewer letters is nobody's choice.
  const isOpen = isAsked && typed === text.trim() && found.data !== undefined;
  const marked = Math.min(at, rows.length);
  const choose = (index: number) => {
    const row = rows[index];
    if (row === undefined) onNew(text.trim());
    else onFound(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(rows.length, marked + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, marked - 1));
    else if (event.key === 'Enter' && isOpen && !event.ctrlKey && !event.metaKey) choose(marked);
    else if (event.key === 'Escape' && text !== '') {
      event.nativeEvent.stopImmediatePropagation();
      setText('');
    } else return;
    event.preventDefault();
  };
  const option = (index: number) => ({
    'id': `${list}-${String(index)}`,
    'role': 'option',
    'aria-selected': index === marked,
    'className': classes['option'],
    'onPointerEnter': () => setAt(index),
    'onPointerDown': (event: React.PointerEvent) => {
      event.preventDefault();
      choose(index);
    },
  });
  return (
    <div>
      <TextInput
        ref={field}
        label={t('phone.find')}
        placeholder={t('phone.find.hint')}
        value={text}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={list}
        aria-autocomplete="list"
        {...(isOpen ? { 'aria-activedescendant': `${list}-${String(marked)}` } : {})}
        autoComplete="off"
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        rightSection={found.isFetching ? <Loader size="xs" /> : null}
      />
      {isOpen && (
        <ul className={classes['found']} id={list} role="listbox" aria-label={t('phone.find')}>
          {rows.map((row, index) => (
            <li key={row.id} {...option(index)}>
              <span>
                {row.name} {row.status === 'blocked' && <Status tone="bad">{t('phone.blocked')}</Status>}{' '}
                <span className="soft">{[row.phone, row.email].filter((each) => each != null).join(', ')}</span>
              </span>
              <span className="soft">{t('customer.orders', { n: row.orders })}</span>
            </li>
          ))}
          <li {...option(rows.length)}>{t('phone.new-customer', { typed: text.trim() })}</li>
        </ul>
      )}
    </div>
  );
}
