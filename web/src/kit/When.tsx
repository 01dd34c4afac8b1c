// An instant: how long ago, and exactly when (in the tooltip, or beside it with `both`). Moves on by itself.
import { useSyncExternalStore } from 'react';
import { exactInstant, instant, relative } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';

const TICK_MS = 20_000;
const listeners = new Set<() => void>();
let now = new Date();
let timer: number | undefined;

export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => now);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    now = new Date();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** `zone`: by whose clock it is written; by this browser's when absent. */
export function When(props: { at: string; both?: boolean; exact?: boolean; zone?: string | undefined }) {
  const { at, both, exact, zone } = props;
  const code = locale(useLanguage());
  const current = useNow();
  const written = instant(at, code, current, zone);
  const ago = exact === true ? undefined : relative(at, code, current);
  return (
    <time dateTime={at} title={exactInstant(at, code, zone)} className="figures">
      {ago ?? written}
      {both === true && ago !== undefined && <span className="soft"> · {written}</span>}
    </time>
  );
}
