// How money, quantities and times are written. Pure: value and locale in, text out.

export interface MoneyValue {
  minor: number;
  currency: string;
}

export interface QuantityValue {
  milli: number;
  unit: 'pcs' | 'kg' | 'l' | 'm';
}

/** Whose clock is meant where something is to begin or end. */
export interface Clock {
  /** This browser's when absent. */
  zone: string | undefined;
  /** What is typed may be sent: until whose clock is meant is known, it could mean another moment. */
  isKnown: boolean;
}

const formats = new Map<string, Intl.NumberFormat>();

/** Money with its currency: `1234 EUR` minor units as `€12.34`. */
export function money(value: MoneyValue, locale: string): string {
  const format = cached(
    `money ${locale} ${value.currency}`,
    () =>
      new Intl.NumberFormat(locale, { style: 'currency', currency: value.currency, currencyDisplay: 'narrowSymbol' }),
  );
  return format.format(value.minor / 10 ** fractionDigits(value.currency));
}

/** How many digits of `minor` stand after the point. */
export function fractionDigits(currency: string): number {
  const format = cached(`digits ${currency}`, () => new Intl.NumberFormat('en', { style: 'currency', currency }));
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** A quantity with its unit; pieces as a plain number unless `withPieces`. */
export function quantity(value: QuantityValue, locale: string, withPieces = false): string {
  const number = cached(`quantity ${locale}`, () => new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }));
  const text = number.format(value.milli / 1000);
  if (value.unit === 'pcs' && !withPieces) return text;
  return `${text} ${unitName(value.unit, locale)}`;
}

export function unitName(unit: QuantityValue['unit'], locale: string): string {
  const ukrainian = { pcs: 'шт', kg: 'кг', l: 'л', m: 'м' };
  const english = { pcs: 'pcs', kg: 'kg', l: 'l', m: 'm' };
  return (locale.startsWith('uk') ? ukrainian : english)[unit];
}

/** A day and time to the minute, by the clock of a zone or else this browser's; the year only when it is another one. */
export function instant(at: string | Date, locale: string, now: Date, zone?: string): string {
  const date = new Date(at);
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    ...(dayIn(date, zone).slice(0, 4) === dayIn(now, zone).slice(0, 4) ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    ...within(zone),
  }).format(date);
}

const within = (zone: string | undefined) => (zone === undefined ? {} : { timeZone: zone });

/** A civil day (`2026-11-22`) as people write it, the year always with it: it stands on documents. */
export function civilDay(day: string, locale: string): string {
  const written = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  return written.format(new Date(`${day}T00:00:00Z`));
}

/** The civil day (`2026-11-22`) of an instant in a zone; in this browser's where none is named. */
export function dayIn(at: Date, zone: string | undefined): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...within(zone),
  }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`;
}

/** An instant as a field of day and time has it (`2026-11-22T09:30`), by the clock of a zone or else this browser's. */
export function clockIn(at: Date, zone: string | undefined): string {
  const time = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...within(zone),
  });
  return `${dayIn(at, zone)}T${time.format(at)}`;
}

const DAY_MS = 86_400_000;

/** The midnight of a zone that begins its next day, and so many days later, as a field of day and time has it. */
export function midnightIn(days: number, zone: string | undefined, now = new Date()): string {
  const day = Date.parse(`${dayIn(now, zone)}T00:00Z`) + days * DAY_MS;
  return new Date(day).toISOString().slice(0, 16);
}

/**
 * The instant at which the clock of a zone shows what a field of day and time holds. Where it shows that twice, the first; where clocks
 * go forward and it never does, so much after the jump. An invalid date where the field holds none.
 */
export function instantIn(text: string, zone: string | undefined): Date {
  const shown = Date.parse(`${text.slice(0, 16)}Z`);
  if (Number.isNaN(shown)) return new Date(Number.NaN);
  const ahead = (at: number) => Date.parse(`${clockIn(new Date(at), zone)}Z`) - at;
  const [before, after] = [ahead(shown - DAY_MS), ahead(shown + DAY_MS)];
  const isShown = (at: number) => clockIn(new Date(at), zone) === text.slice(0, 16);
  return new Date(!isShown(shown - before) && isShown(shown - after) ? shown - after : shown - before);
}

/** Whether a field of day and time holds an instant: a year of five digits, say, is none. */
export function isInstant(text: string, zone: string | undefined): boolean {
  return !Number.isNaN(instantIn(text, zone).getTime());
}

/** Whether two zones show the same, as those do that have two names: `Europe/Kiev` and `Europe/Kyiv`. Looked at in each month of `now`'s year. */
export function isSameClock(one: string, other: string, now = new Date()): boolean {
  if (one === other) return true;
  const months = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(now.getUTCFullYear(), month, 15)));
  return months.every((at) => clockIn(at, one) === clockIn(at, other));
}

/** Everything there is to say about an instant, for a tooltip; by another clock than this browser's also by which. */
export function exactInstant(at: string | Date, locale: string, zone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'full',
    timeStyle: zone === undefined ? 'medium' : 'long',
    ...within(zone),
  }).format(new Date(at));
}

/** "5 minutes ago", "in 2 hours"; days at most a week away, otherwise nothing. */
export function relative(at: string | Date, locale: string, now: Date): string | undefined {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const size = Math.abs(seconds);
  if (size < 45) return format.format(0, 'second');
  if (size < 3600) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.round(seconds / 3600), 'hour');
  if (size < 7 * 86_400) return format.format(Math.round(seconds / 86_400), 'day');
  return undefined;
}

function cached(key: string, make: () => Intl.NumberFormat): Intl.NumberFormat {
  let format = formats.get(key);
  if (format === undefined) {
    format = make();
    formats.set(key, format);
  }
  return format;
}
