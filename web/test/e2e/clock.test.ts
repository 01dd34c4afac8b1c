// What a field of day and time holds is meant by the clock of a zone, whatever this computer's says.
import { expect, test } from '@playwright/test';
import { clockIn, instantIn, isInstant, isSameClock, midnightIn } from '../../src/texts/format.ts';

const KYIV = 'Europe/Kyiv';

test('an instant is typed and shown by the clock of its zone', () => {
  const table: [text: string, zone: string, at: string][] = [
    ['2026-06-01T00:00', KYIV, '2026-05-31T21:00:00.000Z'],
    ['2026-12-01T00:00', KYIV, '2026-11-30T22:00:00.000Z'],
    ['2026-06-01T00:00', 'America/New_York', '2026-06-01T04:00:00.000Z'],
    ['2026-06-01T12:30', 'Asia/Kathmandu', '2026-06-01T06:45:00.000Z'],
    // On the days on which the clocks are changed, before and after.
    ['2026-03-29T02:59', KYIV, '2026-03-29T00:59:00.000Z'],
    ['2026-03-29T04:00', KYIV, '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T02:59', KYIV, '2026-10-24T23:59:00.000Z'],
    ['2026-10-25T04:00', KYIV, '2026-10-25T02:00:00.000Z'],
  ];
  for (const [text, zone, at] of table) {
    expect([text, zone, instantIn(text, zone).toISOString()]).toEqual([text, zone, at]);
    expect(clockIn(new Date(at), zone)).toBe(text);
  }
  // Shown twice: the first; never shown: as long after the jump.
  expect(instantIn('2026-10-25T03:30', KYIV).toISOString()).toBe('2026-10-25T00:30:00.000Z');
  expect(clockIn(instantIn('2026-03-29T03:30', KYIV), KYIV)).toBe('2026-03-29T04:30');
  expect(['', '20266-01-01T00:00', KYIV].map((text) => isInstant(text, KYIV))).toEqual([false, false, false]);
});

test('the next midnight is that of the zone', () => {
  const now = new Date('2026-03-28T23:30:00Z');
  expect([midnightIn(1, KYIV, now), midnightIn(1, 'UTC', now), midnightIn(8, 'America/New_York', now)]).toEqual([
    '2026-03-30T00:00',
    '2026-03-29T00:00',
    '2026-04-05T00:00',
  ]);
});

test('a zone with two names is one clock', () => {
  const same = (one: string, other: string) => isSameClock(one, other, new Date('2026-03-28T23:30:00Z'));
  expect([
    same('Europe/Kiev', KYIV),
    same(KYIV, 'Europe/Helsinki'),
    same(KYIV, 'Africa/Cairo'),
    same(KYIV, 'UTC'),
  ]).toEqual([true, true, false, false]);
});
