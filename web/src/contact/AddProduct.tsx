// Finds a product to sell in addition: type, arrows, Enter. What is available of each stands beside it.
import { Loader, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { useNamed } from '../texts/named.ts';
import classes from './contact.module.css';
import { useContactTexts } from './texts.ts';

type Item = Schemas['SearchItem'];
const TYPED_MS = 200;
const MOST = 8;

export interface AddProductProps {
  onAdd: (item: Item) => void;
  /** The typing begins here. */
  focused?: boolean;
  /** Says what each costs now. */
  withPrice?: boolean;
}

export function AddProduct({ onAdd, focused = false, withPrice = false }: AddProductProps) {
  const t = useContactTexts();
  const named = useNamed();
  const list = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [typed] = useDebouncedValue(text.trim(), TYPED_MS);
  const isAsked = typed.length > 1 && text.trim() !== '';
  const found = useQuery({
    queryKey: ['catalog', 'search', typed, 'to add', withPrice],
    queryFn: async () => {
      const { items } = await ok(api.GET('/api/catalog/search', { params: { query: { q: typed, limit: MOST } } }));
      const products = items.map((item) => item.id);
      const { totals } = await ok(api.POST('/api/inventory/availability', { body: { products, sites: [] } }));
      const { prices } = withPrice
        ? await ok(api.POST('/api/pricing/prices/ask', { body: { products } }))
        : { prices: [] };
      return items.map((item) => ({
        item,
        free: totals.find((total) => total.product === item.id)?.available,
        price: prices.find((price) => price.product === item.id)?.price,
      }));
    },
    enabled: isAsked,
    meta: { live: [] },
  });
  useEffect(() => {
    if (focused) field.current?.focus();
  }, [focused]);
  const rows = isAsked ? (found.data ?? []) : [];
  const marked = Math.min(at, rows.length - 1);
  const add = (item: Item) => {
    onAdd(item);
    setText('');
    setAt(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(rows.length - 1, marked + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, marked - 1));
    else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      const row = rows[marked];
      // What was found for fewer letters is nobody's choice.
      if (row !== undefined && typed === text.trim()) add(row.item);
    } else if (event.key === 'Escape' && text !== '') {
      event.nativeEvent.stopImmediatePropagation();
      setText('');
    } else return;
    event.preventDefault();
  };
  return (
    <div>
      <TextInput
        ref={field}
        label={t('edit.add')}
        placeholder={t('edit.search')}
        value={text}
        role="combobox"
        aria-expanded={rows.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        {...(rows.length > 0 ? { 'aria-activedescendant': `${list}-${String(marked)}` } : {})}
        autoComplete="off"
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        rightSection={found.isFetching ? <Loader size="xs" /> : null}
      />
      {isAsked && found.data?.length === 0 && <p className="soft">{t('edit.found.none')}</p>}
      {rows.length > 0 && (
        <ul className={classes['found']} id={list} role="listbox" aria-label={t('edit.add')}>
          {rows.map(({ item, free, price }, index) => (
            <li
              key={item.id}
              id={`${list}-${String(index)}`}
              role="option"
              aria-selected={index === marked}
              className={classes['option']}
              onPointerEnter={() => setAt(index)}
              onPointerDown={(event) => {
                event.preventDefault();
                add(item);
              }}
            >
              <span>
                {named(item)} <span className="soft">{item.number}</span>
              </span>
              {price !== undefined && <Money value={price} />}
              <span className={free === undefined || free.milli <= 0 ? classes['short'] : 'soft'}>
                {free === undefined || free.milli <= 0 ? t('stock.none') : <Quantity value={free} withPieces />}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
