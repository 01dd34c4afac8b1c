// An amount of money as people of this language write it; figures stand in columns.
import { money, type MoneyValue } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';

export function Money({ value, strong }: { value: MoneyValue; strong?: boolean }) {
  const text = money(value, locale(useLanguage()));
  return strong === true ? <strong className="figures">{text}</strong> : <span className="figures">{text}</span>;
}
