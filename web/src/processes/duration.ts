// Durations of the standard (`PT30M`, `P1D`) as people say them. Anything else stays as it is written. Pure.

export const SPANS = ['minutes', 'hours', 'days'] as const;
export type Span = (typeof SPANS)[number];

export interface Duration {
  n: number;
  span: Span;
}

/** One number of one span; nothing when it is written in another way, e.g. `PT1H30M`. */
export function duration(text: string): Duration | undefined {
  const found = /^P(?:T(\d{1,6})([MH])|(\d{1,4})D)$/.exec(text.trim());
  if (found === null) return undefined;
  const [, n, unit, days] = found;
  if (days !== undefined) return { n: Number(days), span: 'days' };
  return { n: Number(n), span: unit === 'H' ? 'hours' : 'minutes' };
}

export function written({ n, span }: Duration): string {
  return span === 'days' ? `P${String(n)}D` : `PT${String(n)}${span === 'hours' ? 'H' : 'M'}`;
}
