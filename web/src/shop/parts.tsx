// Small things that the shopper's pages share: the price, the stepper, what is available, one choice of several.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { ProblemView } from '../kit/states.tsx';
import { firstOf, stepOf, useCart, useSetLine } from './basket.ts';
import type { Price, Quantity as Amount } from './goods.ts';
import forms from './checkout.module.css';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

export function PriceTag({ price, unit, large }: { price: Price | undefined; unit: Amount['unit']; large?: boolean }) {
  const t = useShopTexts();
  if (price === undefined) return <span className="soft">{t('price.none')}</span>;
  return (
    <span className={large === true ? classes['priceLarge'] : classes['price']}>
      {price.was !== undefined && (
        <s className="soft">
          <span className="unseen">{t('price.was')}</span>
          <Money value={price.was} />
        </s>
      )}
      <strong className={price.was === undefined ? '' : classes['reduced']}>
        <Money value={price.price} />
      </strong>
      {unit !== 'pcs' && <span className="soft">{t(`per.${unit}`)}</span>}
    </span>
  );
}

const FEW_MILLI = 5000;

/** Whether it can be had, in words and colour. */
export function Available({ quantity }: { quantity: Amount | undefined }) {
  const t = useShopTexts();
  if (quantity === undefined || quantity.milli <= 0) return <span className={classes['out']}>{t('stock.out')}</span>;
  if (quantity.milli <= FEW_MILLI) {
    return (
      <span className={classes['few']}>
        {t('stock.few')} <Quantity value={quantity} withPieces />
      </span>
    );
  }
  return <span className={classes['in']}>{t('stock.in')}</span>;
}

/** "Add", and once it is in the cart a stepper in its place. */
export function Adder(props: {
  product: string;
  name: string;
  unit: Amount['unit'];
  available: Amount | undefined;
  wide?: boolean;
}) {
  const t = useShopTexts();
  const { data: cart } = useCart();
  const set = useSetLine();
  const line = cart?.lines.find((each) => each.product === props.product);
  const most = props.available?.milli ?? 0;
  const [isNew, setNew] = useState(false);
  const change = (milli: number) => {
    set.mutate({ product: props.product, quantity: milli <= 0 ? undefined : { milli, unit: props.unit } });
  };
  if (line === undefined) {
    return (
      <div className={props.wide === true ? classes['wide'] : ''}>
        <button
          type="button"
          className={`${classes['button']} ${classes['first']}`}
          disabled={most <= 0 || set.isPending}
          onClick={() => {
            setNew(true);
            change(Math.min(firstOf(props.unit).milli, most));
          }}
        >
          {t('add')}
          <span className="unseen"> {props.name}</span>
        </button>
        {set.error !== null && <ProblemView error={set.error} />}
      </div>
    );
  }
  return (
    <div className={props.wide === true ? classes['wide'] : ''}>
      <Stepper
        name={props.name}
        quantity={line.quantity}
        most={Math.max(most, line.quantity.milli)}
        takesFocus={isNew}
        onChange={change}
      />
      {set.error !== null && <ProblemView error={set.error} />}
    </div>
  );
}

export function Stepper(props: {
  name: string;
  quantity: Amount;
  most?: number;
  /** It stands where "Add" stood when that was pressed. */
  takesFocus?: boolean;
  onChange: (milli: number) => void;
}) {
  const t = useShopTexts();
  const { milli, unit } = props.quantity;
  const step = stepOf(unit);
  const plus = useRef<HTMLButtonElement>(null);
  const { takesFocus } = props;
  useEffect(() => {
    if (takesFocus === true) plus.current?.focus();
  }, [takesFocus]);
  return (
    <div className={classes['stepper']} role="group" aria-label={t('quantity.of', { name: props.name })}>
      <button type="button" aria-label={t('less')} onClick={() => props.onChange(milli - step)}>
        −
      </button>
      <output aria-live="polite">
        <Quantity value={props.quantity} />
      </output>
      <button
        type="button"
        ref={plus}
        aria-label={t('more')}
        disabled={props.most !== undefined && milli + step > props.most}
        onClick={() => props.onChange(milli + step)}
      >
        +
      </button>
    </div>
  );
}

/** A field with its label above and, when it is wrong, the reason below. */
export function Field(props: {
  name: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  type?: string;
  autoComplete?: string;
  inputMode?: 'numeric' | 'tel' | 'email' | 'text';
  hint?: string;
  maxLength?: number;
  optional?: boolean;
}) {
  const t = useShopTexts();
  const note = `${props.name}-note`;
  return (
    <div className={forms['field']}>
      <label htmlFor={props.name}>
        {props.label}
        {props.optional === true && <span className="soft"> ({t('optional')})</span>}
      </label>
      <input
        id={props.name}
        name={props.name}
        type={props.type ?? 'text'}
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
        autoComplete={props.autoComplete}
        inputMode={props.inputMode}
        maxLength={props.maxLength ?? 200}
        aria-invalid={props.error !== undefined}
        aria-describedby={props.error !== undefined || props.hint !== undefined ? note : undefined}
      />
      {props.error !== undefined ? (
        <span id={note} className={forms['wrong']}>
          {props.error}
        </span>
      ) : (
        props.hint !== undefined && (
          <span id={note} className="soft">
            {props.hint}
          </span>
        )
      )}
    </div>
  );
}

/** One of several, each with a line of its own. */
export function Choices<T extends string>(props: {
  name: string;
  legend: string;
  value: T | undefined;
  options: readonly { value: T; label: ReactNode; note?: ReactNode; side?: ReactNode; isDisabled?: boolean }[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className={forms['choices']}>
      <legend>{props.legend}</legend>
      {props.options.map((option) => (
        <label key={option.value} className={forms['choice']}>
          <input
            type="radio"
            name={props.name}
            value={option.value}
            checked={props.value === option.value}
            disabled={option.isDisabled}
            onChange={() => props.onChange(option.value)}
          />
          <span className={forms['choiceText']}>
            <span>{option.label}</span>
            {option.note !== undefined && <span className="soft">{option.note}</span>}
          </span>
          {option.side}
        </label>
      ))}
    </fieldset>
  );
}

/** What it comes to. */
export function Sum({
  totals,
  isFinal,
}: {
  totals: {
    goods: { minor: number; currency: string };
    delivery: { minor: number; currency: string };
    total: { minor: number; currency: string };
  };
  isFinal: boolean;
}) {
  const t = useShopTexts();
  return (
    <dl className={forms['sum']}>
      <dt>{t('goods')}</dt>
      <dd>
        <Money value={totals.goods} />
      </dd>
      <dt>{t('delivery')}</dt>
      <dd>
        {isFinal ? totals.delivery.minor === 0 ? t('free') : <Money value={totals.delivery} /> : t('delivery.later')}
      </dd>
      <dt className={forms['total']}>{t('total')}</dt>
      <dd className={forms['total']}>
        <Money value={isFinal ? totals.total : totals.goods} strong />
      </dd>
    </dl>
  );
}
