// Prices by a rate are worked out in whole units, half up, and never move against the rate.
import { expect, test } from '@playwright/test';
import { raised, ROUNDINGS } from '../../src/catalog/raise.ts';

const RATES = [-50, -5, -0.1, 0.1, 2.5, 5, 50];

test('a rate is exact to the unit, and shelf endings are kept', () => {
  expect([raised(60, 2.5, '1'), raised(1000, 10, '1'), raised(100, -5, '1'), raised(0, 10, '1')]).toEqual([
    62, 1100, 95, 0,
  ]);
  expect([raised(100, 7, '5'), raised(104, 10, '10'), raised(100, 10, '9')]).toEqual([105, 110, 109]);
});

test('however it is rounded, a rise lowers nothing, a cut raises nothing, and what is free stays free', () => {
  const wrong: string[] = [];
  for (const rounding of ROUNDINGS) {
    for (let minor = 0; minor <= 2000; minor++) {
      for (const rate of RATES) {
        const price = raised(minor, rate, rounding);
        const isRight = minor === 0 ? price === 0 : rate > 0 ? price >= minor : price > 0 && price <= minor;
        if (!isRight || !Number.isInteger(price)) wrong.push(`${minor} by ${rate} %, ${rounding}: ${price}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});
