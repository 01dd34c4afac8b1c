// The texts of the customers pages.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useCustomerTexts = catalogue(en, uk);
