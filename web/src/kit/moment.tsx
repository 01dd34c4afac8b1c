// From when on something holds: at once, or from a day and time of this browser's clock.
import { SegmentedControl, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useKitTexts } from './texts.ts';
import { useNow } from './When.tsx';

/** A moment as the browser's own field writes it, in this place's time. */
export function local(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The next midnight, and so many days later. */
export function midnight(days: number): string {
  const date = new Date();
  return local(new Date(date.getFullYear(), date.getMonth(), date.getDate() + days));
}

export interface Moment {
  when: 'now' | 'later';
  /** As it is sent; absent: at once. */
  at: string | undefined;
  /** What is chosen has passed, or is nothing yet: it cannot be sent. */
  isPast: boolean;
  text: string;
  set: (when: 'now' | 'later', text: string) => void;
}

export function useMoment(start: 'now' | 'later'): Moment {
  const now = useNow();
  const [{ when, text }, set] = useState({ when: start, text: midnight(1) });
  const isPast = when === 'later' && (text === '' || new Date(text) <= now);
  const at = when === 'now' || isPast ? undefined : new Date(text).toISOString();
  return { when, at, isPast, text, set: (next, typed) => set({ when: next, text: typed }) };
}

/** `hint`: what holds until a later moment. */
export function MomentField({ moment, hint }: { moment: Moment; hint?: string }) {
  const t = useKitTexts();
  return (
    <>
      <SegmentedControl
        aria-label={t('when')}
        data={[
          { value: 'now', label: t('when.now') },
          { value: 'later', label: t('when.later') },
        ]}
        value={moment.when}
        onChange={(when) => moment.set(when, moment.text)}
        fullWidth
      />
      {moment.when === 'later' && (
        <>
          <TextInput
            type="datetime-local"
            label={t('when.moment')}
            value={moment.text}
            error={moment.isPast && t('when.past')}
            onChange={(event) => moment.set('later', event.currentTarget.value)}
          />
          {hint !== undefined && (
            <Text size="sm" c="dimmed">
              {hint}
            </Text>
          )}
        </>
      )}
    </>
  );
}
