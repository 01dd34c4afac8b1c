// Refusals in the reader's language: by their code, with the facts they carry. Who knows further codes adds them when it starts; a code
// that nobody knows is told in the server's words.
import { asProblem, code, type Problem } from '../api/problem.ts';
import { useProductNames } from './products.ts';
import { ORDER_STATES } from './Status.tsx';
import { sayer, type Same, type Say, type Texts, type Values } from '../texts/catalogue.ts';
import { instant, money, quantity, type QuantityValue } from '../texts/format.ts';
import { locale, useLanguage, type Language } from '../texts/language.ts';
import { en } from './refusals.en.ts';
import { uk } from './refusals.uk.ts';
import { useKitTexts } from './texts.ts';

interface Book {
  has: (key: string) => boolean;
  say: Record<Language, Say<Texts>>;
}

const books: Book[] = [];

/** Makes the refusals of further codes known, in both languages. */
export function tell<T extends Texts>(english: T, ukrainian: Same<T>): void {
  books.push({
    has: (key) => Object.hasOwn(english, key),
    say: { en: sayer<Texts>(english, 'en'), uk: sayer<Texts>(ukrainian, 'uk') },
  });
}

tell(en, uk);

/** A refusal as people read it. */
export interface Told {
  title: string;
  detail: string | undefined;
  /** What is short: product by product, what was asked and what there is. */
  short: readonly string[];
}

/** Tells any thrown thing in the reader's language; the names of products are asked for. */
export function useRefusal(error: unknown): Told {
  const kit = useKitTexts();
  const language = useLanguage();
  const problem = asProblem(error);
  const name = useProductNames(productsOf(problem));
  const values = facts(problem, locale(language), name);
  const state = ORDER_STATES.find((each) => each === problem['state']);
  if (state !== undefined) values['state'] = kit(`order.${state}`).toLowerCase();
  const short = linesOf(problem).map(({ product, asked, available }) =>
    kit('problem.short', {
      name: name(product),
      asked: quantity(asked, locale(language), true),
      available: quantity(available, locale(language), true),
    }),
  );
  return {
    ...said(problem, language, values),
    short: short.length > 0 ? short : listed(problem).map((product) => name(product)),
  };
}

/** The title of a refusal, where there is room for no more. */
export function refused(error: unknown, language: Language): string {
  return said(asProblem(error), language, {}).title;
}

function said(problem: Problem, language: Language, values: Values): Omit<Told, 'short'> {
  const key = code(problem);
  const find = (wanted: string) => books.find(({ has }) => has(wanted))?.say[language](wanted, values);
  const title = find(key);
  if (title === undefined) return { title: problem.title, detail: problem.detail };
  const field = typeof problem['field'] === 'string' ? find(`${key}.${problem['field']}`) : undefined;
  const detail = field ?? find(`${key}.detail`);
  // A text whose facts are not there says nothing.
  const isFilled = detail === problem.detail || !/\{\w+\}/.test(detail ?? '');
  return { title, detail: isFilled ? detail : undefined };
}

interface ShortLine {
  product: string;
  asked: QuantityValue;
  available: QuantityValue;
}

function linesOf(problem: Problem): ShortLine[] {
  return Array.isArray(problem['lines']) ? (problem['lines'] as ShortLine[]) : [];
}

function listed(problem: Problem): string[] {
  return Array.isArray(problem['products']) ? (problem['products'] as string[]) : [];
}

function productsOf(problem: Problem): string[] {
  const one = problem['product'];
  return [
    ...(typeof one === 'string' ? [one] : []),
    ...listed(problem),
    ...linesOf(problem).map((line) => line.product),
  ];
}

/** The members of a problem as texts hold them: money, quantities and moments written out, of lists how many they are. */
function facts(problem: Problem, code: string, name: (product: string) => string): Values {
  const values: Values = {};
  for (const [key, value] of Object.entries(problem)) {
    if (key === 'product' && typeof value === 'string') values[key] = name(value);
    else if (typeof value === 'string') values[key] = isMoment(value) ? instant(value, code, new Date()) : value;
    else if (typeof value === 'number') values[key] = value;
    else if (Array.isArray(value)) {
      values['n'] = value.length;
      values[key] = value.join(', ');
    } else if (isQuantity(value)) values[key] = quantity(value, code, true);
    const amount = key.endsWith('_minor') ? key.slice(0, -'_minor'.length) : undefined;
    if (amount !== undefined && typeof value === 'number' && typeof problem['currency'] === 'string')
      values[amount] = money({ minor: value, currency: problem['currency'] }, code);
  }
  return values;
}

const isMoment = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:/.test(text);

function isQuantity(value: unknown): value is QuantityValue {
  return typeof value === 'object' && value !== null && 'milli' in value && 'unit' in value;
}
