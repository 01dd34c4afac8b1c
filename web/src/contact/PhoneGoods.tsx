// What the caller wants: found by typing, with price and what is available; quantities go to the server as they are left.
import { ActionIcon, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { ProblemView } from '../kit/states.tsx';
import { AddProduct } from './AddProduct.tsx';
import classes from './contact.module.css';
import type { Cart } from './phone-cart.ts';
import { useContactTexts } from './texts.ts';

type Line = Cart['lines'][number];

export function PhoneGoods(props: {
  cart: Cart | undefined;
  /** The typing begins here. */
  focused: boolean;
  error: unknown;
  onSet: (line: Schemas['SetCartLine']) => void;
}) {
  const { onSet } = props;
  const lines = props.cart?.lines ?? [];
  const products = lines.map((line) => line.product);
  const stock = useQuery({
    queryKey: ['inventory', 'availability', products],
    queryFn: () => ok(api.POST('/api/inventory/availability', { body: { products, sites: [] } })),
    enabled: products.length > 0,
    placeholderData: (earlier) => earlier,
  });
  return (
    <>
      <AddProduct
        focused={props.focused}
        withPrice
        onAdd={(item) => {
          const before = lines.find((line) => line.product === item.id)?.quantity.milli ?? 0;
          onSet({ product: item.id, quantity: { milli: before + 1000, unit: item.unit } });
        }}
      />
      {props.error !== null && props.error !== undefined && <ProblemView error={props.error} />}
      <ul className={classes['lines']}>
        {lines.map((line) => (
          <OneLine
            key={`${line.product} ${String(line.quantity.milli)}`}
            line={line}
            free={stock.data?.totals.find((total) => total.product === line.product)?.available}
            onSet={onSet}
          />
        ))}
      </ul>
    </>
  );
}

function OneLine(props: {
  line: Line;
  free: Schemas['Quantity'] | undefined;
  onSet: (line: Schemas['SetCartLine']) => void;
}) {
  const { line, free, onSet } = props;
  const t = useContactTexts();
  const { unit } = line.quantity;
  const [value, setValue] = useState<number | string>(line.quantity.milli / 1000);
  const send = () => {
    const milli = Math.round(Number(value) * 1000);
    if (value === '' || milli === line.quantity.milli) return;
    onSet({ product: line.product, quantity: milli > 0 ? { milli, unit } : null });
  };
  const lacks = free !== undefined && line.quantity.milli > free.milli;
  return (
    <li className={classes['line']}>
      <span>{line.name}</span>
      <NumberInput
        aria-label={`${t('quantity')}: ${line.name}`}
        value={value}
        min={0}
        step={unit === 'pcs' ? 1 : 0.25}
        allowDecimal={unit !== 'pcs'}
        allowNegative={false}
        onFocus={(event) => event.currentTarget.select()}
        onChange={setValue}
        onBlur={send}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) send();
        }}
      />
      <span className={classes['sum']}>
        <Money value={line.total} />
      </span>
      <ActionIcon
        className={classes['remove'] ?? ''}
        aria-label={t('edit.remove', { name: line.name })}
        onClick={() => onSet({ product: line.product, quantity: null })}
      >
        <Trash2 size={16} aria-hidden />
      </ActionIcon>
      <span className={classes['facts']}>
        <Money value={line.unit_price} />
        {free !== undefined && (
          <span className={lacks ? classes['short'] : undefined}>
            {t('stock.free')} <Quantity value={free} />
          </span>
        )}
      </span>
    </li>
  );
}
