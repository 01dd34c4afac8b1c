// From when on something holds: at once, or from a day and time by the clock of a zone.
import { SegmentedControl, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { instantIn, midnightIn } from '../texts/format.ts';
import { useKitTexts } from './texts.ts';
import { useNow } from './When.tsx';

export interface Moment {
  when: 'now' | 'later';
  /** As it is sent; absent: at once. */
  at: string | undefined;
  /** What is chosen has passed, or is nothing yet: it cannot be sent. */
  isPast: boolean;
  text: string;
  zone: string | undefined;
  set: (when: 'now' | 'later', text: string) => void;
}

/** `zone`: whose clock counts; this browser's until it is known. */
export function useMoment(start: 'now' | 'later', zone: string | undefined): Moment {
  const now = useNow();
  const [{ when, typed }, set] = useState<{ when: 'now' | 'later'; typed: string | undefined }>({
    when: start,
    typed: undefined,
  });
  const text = typed ?? midnightIn(1, zone, now);
  const isPast = when === 'later' && (text === '' || instantIn(text, zone) <= now);
  const at = when === 'now' || isPast ? undefined : instantIn(text, zone).toISOString();
  return { when, at, isPast, text, zone, set: (next, of) => set({ when: next, typed: of }) };
}

/** Says by whose clock a field of day and time is meant, where that is not this browser's. */
export function useClockNote(): (zone: string | undefined) => string | undefined {
  const t = useKitTexts();
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (zone) => (zone === undefined || zone === here ? undefined : t('when.zone', { zone }));
}

/** `hint`: what holds until a later moment. */
export function MomentField({ moment, hint }: { moment: Moment; hint?: string }) {
  const t = useKitTexts();
  const note = useClockNote();
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
            description={note(moment.zone)}
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
