// What a price becomes by a rate, in whole minor units. Pure.

/** To whole minor units, to fives or tens of them, or ending in nine as shelf labels like it. */
export const ROUNDINGS = ['1', '5', '10', '9'] as const;
export type Rounding = (typeof ROUNDINGS)[number];

/** `minor` after a change by `rate` per cent, halves up; never against the rate, and what costs nothing stays so. */
export function raised(minor: number, rate: number, rounding: Rounding): number {
  if (minor <= 0 || !Number.isFinite(rate)) return minor;
  // In ten-thousandths of a minor unit: no fraction is left to a float.
  const exact = BigInt(minor) * (10_000n + BigInt(Math.round(rate * 100)));
  const [step, end] = rounding === '9' ? [10n, 9n] : [BigInt(rounding), 0n];
  const steps = floored(2n * (exact - end * 10_000n) + 10_000n * step, 20_000n * step);
  const price = Number(steps * step + end);
  const isAgainst = rate > 0 ? price < minor : price > minor;
  return isAgainst || price <= 0 ? minor : price;
}

function floored(of: bigint, by: bigint): bigint {
  return of >= 0n ? of / by : -((-of + by - 1n) / by);
}
