// An amount to be typed, in the currency's own digits; what it holds are minor units.
import { NumberInput } from '@mantine/core';
import { fractionDigits } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';

export interface MoneyInputProps {
  label: string;
  currency: string;
  /** Minor units; absent while nothing is typed. */
  value: number | undefined;
  onChange: (minor: number | undefined) => void;
  description?: string;
  required?: boolean;
}

export function MoneyInput(props: MoneyInputProps) {
  const digits = fractionDigits(props.currency);
  const isComma = locale(useLanguage()) === 'uk-UA';
  return (
    <NumberInput
      label={props.label}
      description={props.description}
      required={props.required ?? false}
      value={props.value === undefined ? '' : props.value / 10 ** digits}
      min={0}
      max={10 ** (12 - digits)}
      decimalScale={digits}
      decimalSeparator={isComma ? ',' : '.'}
      allowedDecimalSeparators={['.', ',']}
      thousandSeparator={isComma ? '\u00a0' : ','}
      hideControls
      inputMode="decimal"
      rightSection={<span className="soft">{props.currency}</span>}
      rightSectionWidth={52}
      onChange={(value) => props.onChange(value === '' ? undefined : Math.round(Number(value) * 10 ** digits))}
    />
  );
}
