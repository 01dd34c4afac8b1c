// The texts of the shop.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useShopTexts = catalogue(en, uk);
