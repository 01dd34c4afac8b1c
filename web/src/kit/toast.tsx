// Short messages that go by themselves: the one thing kept globally. Screen readers hear them.
import { useSyncExternalStore } from 'react';
import classes from './toast.module.css';
import type { Tone } from './Status.tsx';
import { useKitTexts } from './texts.ts';

interface Toast {
  id: number;
  tone: Tone;
  text: string;
}

const SHOWN_MS = 5000;
const MOST = 4;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

/** Shows a message for five seconds; bad ones stay twice as long. */
export function toast(tone: Tone, text: string): void {
  last += 1;
  const id = last;
  set([...toasts, { id, tone, text }].slice(-MOST));
  window.setTimeout(() => dismiss(id), tone === 'bad' ? SHOWN_MS * 2 : SHOWN_MS);
}

export function Toasts() {
  const t = useKitTexts();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className={classes['place']} role="status" aria-live="polite">
      {shown.map(({ id, tone, text }) => (
        <div key={id} className={`${classes['toast']} ${classes[tone]}`}>
          <span>{text}</span>
          <button type="button" aria-label={t('close')} onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
