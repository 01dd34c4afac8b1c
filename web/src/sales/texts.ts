// The texts of the sales page.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useSalesTexts = catalogue(en, uk);
