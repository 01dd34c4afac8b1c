// The language of this browser: kept in localStorage, shown on <html lang>, changed in the header.
import { useSyncExternalStore } from 'react';

export type Language = 'en' | 'uk';

/** Both languages by their own names. */
export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'uk', name: 'Українська' },
];

const KEY = 'backroom.language';
const listeners = new Set<() => void>();
let current: Language = document.documentElement.lang === 'uk' ? 'uk' : 'en';

export function language(): Language {
  return current;
}

export function setLanguage(next: Language): void {
  current = next;
  document.documentElement.lang = next;
  localStorage.setItem(KEY, next);
  for (const listener of listeners) listener();
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, language);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The locale that dates, numbers and money are written in. */
export function locale(code: Language = current): string {
  return code === 'uk' ? 'uk-UA' : 'en-GB';
}
