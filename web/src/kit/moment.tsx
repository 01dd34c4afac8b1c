// From when on something holds: at once, or from a day and time by the clock of a zone.
import { SegmentedControl, Text, TextInput, type TextInputProps } from '@mantine/core';
import { useState } from 'react';
import { type Clock, instantIn, isInstant, isSameClock, midnightIn } from '../texts/format.ts';
import { useKitTexts } from './texts.ts';
import { useNow } from './When.tsx';

export interface Moment {
  when: 'now' | 'later';
  /** As it is sent; absent: at once. */
  at: string | undefined;
  /** What is chosen has passed, or is no moment: it cannot be sent. */
  isPast: boolean;
  text: string;
  clock: Clock;
  set: (when: 'now' | 'later', text?: string) => void;
}

/** The next midnight of the clock stands there already. */
export function useMoment(start: 'now' | 'later', clock: Clock): Moment {
  const now = useNow();
  const [opened] = useState(() => new Date());
  const [{ when, typed }, set] = useState<{ when: 'now' | 'later'; typed: string | undefined }>({
    when: start,
    typed: undefined,
  });
  const text = typed ?? midnightIn(1, clock.zone, opened);
  const isPast = when === 'later' && !(clock.isKnown && instantIn(text, clock.zone) > now);
  const at = when === 'now' || isPast ? undefined : instantIn(text, clock.zone).toISOString();
  return { when, at, isPast, text, clock, set: (next, of) => set({ when: next, typed: of ?? typed }) };
}

/** Says by whose clock a field of day and time is meant, where that is not this browser's. */
export function useClockNote(): (clock: Clock) => string | undefined {
  const t = useKitTexts();
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return ({ zone, isKnown }) => {
    if (!isKnown) return t('when.unknown');
    return zone === undefined || isSameClock(zone, here) ? undefined : t('when.zone', { zone });
  };
}

/** The same above moments that are only shown; nothing while the clock is not known. */
export function useShownBy(clock: Clock): string | undefined {
  const note = useClockNote();
  return clock.isKnown ? note(clock) : undefined;
}

/** A field of day and time, whose years have four digits. */
export function ClockInput(props: TextInputProps) {
  return <TextInput type="datetime-local" max="9999-12-31T23:59" {...props} />;
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
        onChange={(when) => moment.set(when)}
        fullWidth
      />
      {moment.when === 'later' && (
        <>
          <ClockInput
            label={t('when.moment')}
            description={note(moment.clock)}
            value={moment.text}
            error={
              moment.clock.isKnown &&
              moment.isPast &&
              t(isInstant(moment.text, moment.clock.zone) ? 'when.past' : 'when.none')
            }
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
