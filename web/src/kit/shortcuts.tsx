// Keyboard: a screen says what its keys do, `?` shows them all, and a hint stands on the button that does the same.
import { Kbd, Modal, Table } from '@mantine/core';
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';
import classes from './shortcuts.module.css';
import { useKitTexts } from './texts.ts';

interface Shortcut {
  keys: string;
  label: string;
}

/** What is in force now, in the order it came. */
let shortcuts: readonly Shortcut[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Shortcut[]): void {
  shortcuts = next;
  for (const listener of listeners) listener();
}

/**
 * Does `run` on a key: `c`, `/`, `Escape`, `mod+Enter` (Ctrl or ⌘), or two in a row: `g o`. Plain keys rest while one types
 * and while a dialog is open. `enabled: false` takes it away.
 */
export function useShortcut(keys: string, label: string, run: () => void, enabled = true): void {
  const onKey = useEffectEvent(run);
  useEffect(() => {
    if (!enabled) return undefined;
    const shortcut = { keys, label };
    set([...shortcuts, shortcut]);
    const [first, second] = keys.split(' ');
    let pending = false;
    const listener = (event: KeyboardEvent) => {
      // A key held down is pressed once.
      if (event.defaultPrevented || event.repeat || rests(event, keys)) return;
      if (second !== undefined) {
        const hit = pending && event.key === second;
        pending = !hit && matches(event, first ?? '');
        if (!hit) return;
      } else if (!matches(event, keys)) return;
      event.preventDefault();
      onKey();
    };
    window.addEventListener('keydown', listener);
    return () => {
      window.removeEventListener('keydown', listener);
      set(shortcuts.filter((each) => each !== shortcut));
    };
  }, [keys, label, enabled]);
}

function matches(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  const mod = parts.includes('mod');
  if (mod !== (event.ctrlKey || event.metaKey) || event.altKey) return false;
  return (
    event.key.toLowerCase() === key.toLowerCase() || (/^[a-z]$/.test(key) && event.code === `Key${key.toUpperCase()}`)
  );
}

function rests(event: KeyboardEvent, keys: string): boolean {
  const target = event.target as HTMLElement;
  const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  const plain = !keys.includes('mod+') && keys !== 'Escape' && !/^F\d+$/.test(keys);
  const dialog = document.querySelector('[role="dialog"][aria-modal="true"]');
  return (plain && typing) || (dialog !== null && !dialog.contains(target));
}

/** A key as it stands on the keyboard. */
export function Keys({ keys }: { keys: string }) {
  const shown = keys.replace('mod', /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl').split(/[+ ]/);
  return (
    <span aria-hidden className={`no-print ${classes['keys']}`}>
      {shown.map((key) => (
        <Kbd key={key} size="xs">
          {key === 'Enter' ? '↵' : key === 'Escape' ? 'Esc' : key.length === 1 ? key.toUpperCase() : key}
        </Kbd>
      ))}
    </span>
  );
}

/** Shows all keys that are in force, on `?`. Rendered once, by the shell. */
export function ShortcutHelp() {
  const t = useKitTexts();
  const [isOpen, setOpen] = useState(false);
  const all = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shortcuts,
  );
  useShortcut('?', t('shortcuts.show'), () => setOpen(true));
  const unique = all.filter((each, at) => all.findIndex((other) => other.keys === each.keys) === at);
  return (
    <Modal
      opened={isOpen}
      onClose={() => setOpen(false)}
      title={t('shortcuts.title')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Table withRowBorders>
        <Table.Tbody>
          {unique.map((each) => (
            <Table.Tr key={each.keys}>
              <Table.Td>{each.label}</Table.Td>
              <Table.Td ta="end">
                <Keys keys={each.keys} />
                <span className="unseen">{each.keys}</span>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
