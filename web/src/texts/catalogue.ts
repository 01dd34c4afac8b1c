// Texts: one file per language and workspace, typed keys. English gives the keys; the other language must have the same ones.
import { locale, useLanguage, type Language } from './language.ts';

/** A text, or its plural forms chosen by `n`. `{name}` is replaced by the value of that name. */
export type Text = string | { one: string; few?: string; many?: string; other: string };
export type Texts = Record<string, Text>;
/** The same keys in another language. */
export type Same<T extends Texts> = { [K in keyof T]: Text };
export type Values = Record<string, string | number>;
/** Says the text of a key. */
export type Say<T extends Texts> = (key: keyof T & string, values?: Values) => string;

/** Makes the hook that says a workspace's texts in the chosen language. */
export function catalogue<T extends Texts>(en: T, uk: Same<T>): () => Say<T> {
  const say = { en: sayer<T>(en, 'en'), uk: sayer<T>(uk, 'uk') };
  return () => say[useLanguage()];
}

/** Says texts of one language. */
export function sayer<T extends Texts>(texts: Same<T>, code: Language): Say<T> {
  const plural = new Intl.PluralRules(locale(code));
  const number = new Intl.NumberFormat(locale(code));
  return (key, values) => {
    const text: Text = texts[key];
    const chosen = typeof text === 'string' ? text : form(text, plural, values?.['n']);
    if (values === undefined) return chosen;
    return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? number.format(value) : value;
    });
  };
}

function form(text: Exclude<Text, string>, plural: Intl.PluralRules, n: string | number | undefined): string {
  const rule = plural.select(Number(n ?? 0));
  return text[rule as 'one' | 'few' | 'many' | 'other'] ?? text.other;
}
