// The texts of the procedures.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useProcessTexts = catalogue(en, uk);
