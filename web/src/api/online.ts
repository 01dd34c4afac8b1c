// Whether the server can be reached. A call that got no answer raises the suspicion; a probe decides, and goes on until one comes.
import { useSyncExternalStore } from 'react';

const PROBE_EVERY_MS = 3000;
/** A small file that needs no sign-in. */
const PROBE = '/first.js';

let reachable = true;
let isProbing = false;
const listeners = new Set<() => void>();
const returns = new Set<() => void>();

/** Says that a call got no answer. */
export function suspectOffline(): void {
  if (!isProbing) void probe();
}

/** Whether the server answers now. That it does not is a suspicion, too. */
export async function isReachable(): Promise<boolean> {
  const isThere = await ask();
  if (!isThere) suspectOffline();
  return isThere;
}

async function ask(): Promise<boolean> {
  return fetch(PROBE, { method: 'HEAD', cache: 'no-store' }).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function probe(): Promise<void> {
  isProbing = true;
  const isThere = await ask();
  const isBack = isThere && !reachable;
  set(isThere);
  if (isThere) {
    isProbing = false;
    if (isBack) for (const each of returns) each();
  } else {
    window.setTimeout(() => void probe(), PROBE_EVERY_MS);
  }
}

function set(next: boolean): void {
  if (next === reachable) return;
  reachable = next;
  for (const listener of listeners) listener();
}

// The browser knows first when the network goes; whether the server is gone with it, the probe finds out.
window.addEventListener('offline', suspectOffline);

/** Hears when the server answers again after it could not be reached. */
export function onReturn(listener: () => void): void {
  returns.add(listener);
}

export function useReachable(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => reachable,
  );
}
