// So much of something, with its unit; pieces stand as a plain number unless asked otherwise.
import { quantity, type QuantityValue } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';

export function Quantity({ value, withPieces }: { value: QuantityValue; withPieces?: boolean }) {
  return <span className="figures">{quantity(value, locale(useLanguage()), withPieces)}</span>;
}
