// The texts of the ledger.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useFinanceTexts = catalogue(en, uk);
