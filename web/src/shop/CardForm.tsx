// A card, as the test provider takes it: no real card is asked for, each number stands for an outcome. In its place a real
// provider's own field would stand, so that card data never reach us; only its token does.
import { Field } from './parts.tsx';
import forms from './checkout.module.css';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

export interface Card {
  number: string;
  expiry: string;
  code: string;
}

export const emptyCard: Card = { number: '', expiry: '', code: '' };

/** The test provider's numbers and the tokens that they stand for. */
const TESTS = [
  { number: '4242 4242 4242 4242', token: 'tok_ok', text: 'test.ok' },
  { number: '4000 0000 0000 0002', token: 'tok_decline', text: 'test.decline' },
  { number: '4000 0000 0000 9995', token: 'tok_insufficient', text: 'test.insufficient' },
  { number: '4000 0000 0000 0259', token: 'tok_slow', text: 'test.slow' },
] as const;

export function tokenOf(card: Card): string {
  const digits = card.number.replace(/\D/g, '');
  return TESTS.find((test) => test.number.replace(/ /g, '') === digits)?.token ?? 'tok_decline';
}

type FaultText = 'wrong.card' | 'wrong.expiry' | 'wrong.code';

export function faultsOf(card: Card): Partial<Record<keyof Card, FaultText>> {
  const found: Partial<Record<keyof Card, FaultText>> = {};
  if (!isCardNumber(card.number.replace(/\D/g, ''))) found.number = 'wrong.card';
  if (!/^(0[1-9]|1[0-2]) ?\/ ?\d\d$/.test(card.expiry)) found.expiry = 'wrong.expiry';
  if (!/^\d{3,4}$/.test(card.code)) found.code = 'wrong.code';
  return found;
}

/** ISO/IEC 7812: the check digit that catches a mistyped number. */
function isCardNumber(digits: string): boolean {
  if (digits.length < 12 || digits.length > 19) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const value = Number(digits.charAt(digits.length - 1 - at)) * (at % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const inFours = (text: string) =>
  text
    .replace(/\D/g, '')
    .slice(0, 19)
    .replace(/(.{4})(?=.)/g, '$1 ');
const withSlash = (text: string) =>
  text
    .replace(/\D/g, '')
    .slice(0, 4)
    .replace(/^(..)(?=.)/, '$1/');

export function CardForm(props: { card: Card; isTried: boolean; onChange: (card: Card) => void }) {
  const t = useShopTexts();
  const { card } = props;
  const wrong = faultsOf(card);
  const error = (name: keyof Card) => {
    const fault = wrong[name];
    return props.isTried && fault !== undefined ? t(fault) : undefined;
  };
  return (
    <div className={forms['cardForm']}>
      <Field
        name="card-number"
        label={t('card.number')}
        value={card.number}
        onChange={(number) => props.onChange({ ...card, number: inFours(number) })}
        inputMode="numeric"
        autoComplete="off"
        error={error('number')}
      />
      <div className={forms['two']}>
        <Field
          name="card-expiry"
          label={t('card.expiry')}
          value={card.expiry}
          onChange={(expiry) => props.onChange({ ...card, expiry: withSlash(expiry) })}
          inputMode="numeric"
          autoComplete="off"
          error={error('expiry')}
          hint={t('card.expiry.hint')}
        />
        <Field
          name="card-code"
          label={t('card.code')}
          value={card.code}
          onChange={(code) => props.onChange({ ...card, code: code.replace(/\D/g, '').slice(0, 4) })}
          inputMode="numeric"
          autoComplete="off"
          error={error('code')}
        />
      </div>
      <div className={forms['tests']}>
        <span className="soft">{t('card.test')}</span>
        {TESTS.map((test) => (
          <button
            key={test.token}
            type="button"
            className={classes['chip']}
            onClick={() => props.onChange({ number: test.number, expiry: '12/30', code: '123' })}
          >
            {t(test.text)}
          </button>
        ))}
      </div>
    </div>
  );
}
