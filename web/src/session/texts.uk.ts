// What is said of who did something, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'guest': 'клієнт',
  'service': 'система',
};
