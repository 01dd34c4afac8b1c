// The texts of the rules.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useRuleTexts = catalogue(en, uk);
