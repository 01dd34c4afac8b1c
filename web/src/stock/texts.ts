// The texts of the stock pages.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useStockTexts = catalogue(en, uk);
