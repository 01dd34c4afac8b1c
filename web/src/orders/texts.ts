// The texts of the orders workspace.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useOrderTexts = catalogue(en, uk);
