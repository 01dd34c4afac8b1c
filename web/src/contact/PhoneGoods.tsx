// What the caller wants: found by typing, with price and what is available; quantities go to the server as they are left.
import { ActionIcon, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { useProductNames } from '../kit/products.ts';
import { overwritten } from '../kit/overwritten.ts';
import { ProblemView } from '../kit/states.tsx';
import { AddProduct } from './AddProduct.tsx';
import classes from './contact.module.css';
import type { Cart } from './phone-cart.ts';
import { useContactTexts } from './texts.ts';

type Line = Cart['lines'][number];

/** Quantities that were typed and not sent yet, by product. */
export type Typed = Readonly<Record<string, number | string>>;

/** What `typed` changes of the lines: what cannot be read leaves its line as it is, nothing takes it away. */
export function changesOf(lines: readonly Line[], typed: Typed): Schemas['SetCartLine'][] {
  return lines.flatMap(({ product, quantity }) => {
    const value = typed[product];
    const milli = Math.round(Number(value) * 1000);
    if (value === undefined || value === '' || !Number.isFinite(milli) || milli === quantity.milli) return [];
    return [{ product, quantity: milli > 0 ? { milli, unit: quantity.unit } : null }];
  });
}

export function PhoneGoods(props: {
  cart: Cart | undefined;
  /** The typing begins here. */
  focused: boolean;
  error: unknown;
  typed: Typed;
  onType: (product: string, value: number | string) => void;
  /** Sends what was typed of a product, or takes it away. */
  onSend: (product: string, isRemoved: boolean) => void;
  onAdd: (product: string, unit: Schemas['Quantity']['unit']) => void;
}) {
  const lines = props.cart?.lines ?? [];
  const products = lines.map((line) => line.product);
  const name = useProductNames(products);
  const stock = useQuery({
    queryKey: ['inventory', 'availability', products],
    queryFn: () => ok(api.POST('/api/inventory/availability', { body: { products, sites: [] } })),
    enabled: products.length > 0,
    placeholderData: (earlier) => earlier,
  });
  return (
    <>
      <AddProduct focused={props.focused} withPrice onAdd={(item) => props.onAdd(item.id, item.unit)} />
      {props.error !== null && props.error !== undefined && <ProblemView error={props.error} />}
      <ul className={classes['lines']}>
        {lines.map((line) => (
          <OneLine
            key={line.product}
            line={line}
            name={name(line.product, line.name)}
            value={props.typed[line.product] ?? line.quantity.milli / 1000}
            free={stock.data?.totals.find((total) => total.product === line.product)?.available}
            onType={(value) => props.onType(line.product, value)}
            onSend={(isRemoved) => props.onSend(line.product, isRemoved)}
          />
        ))}
      </ul>
    </>
  );
}

function OneLine(props: {
  line: Line;
  name: string;
  value: number | string;
  free: Schemas['Quantity'] | undefined;
  onType: (value: number | string) => void;
  onSend: (isRemoved: boolean) => void;
}) {
  const { line, name, value, free, onSend } = props;
  const t = useContactTexts();
  const { unit } = line.quantity;
  const lacks = free !== undefined && line.quantity.milli > free.milli;
  return (
    <li className={classes['line']}>
      <span>{name}</span>
      <NumberInput
        aria-label={`${t('quantity')}: ${name}`}
        value={value}
        min={0}
        step={unit === 'pcs' ? 1 : 0.25}
        allowDecimal={unit !== 'pcs'}
        allowNegative={false}
        {...overwritten}
        onChange={props.onType}
        onBlur={() => onSend(false)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) onSend(false);
        }}
      />
      <span className={classes['sum']}>
        <Money value={line.total} />
      </span>
      <ActionIcon
        className={classes['remove'] ?? ''}
        aria-label={t('edit.remove', { name })}
        onClick={() => onSend(true)}
      >
        <Trash2 size={16} aria-hidden />
      </ActionIcon>
      <span className={classes['facts']}>
        <Money value={line.unit_price} />
        {free !== undefined && (
          <span className={lacks ? classes['short'] : undefined}>
            {t('stock.everywhere')} <Quantity value={free} withPieces />
          </span>
        )}
      </span>
    </li>
  );
}
