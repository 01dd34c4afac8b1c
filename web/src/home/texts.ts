// The texts of the home page.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useHomeTexts = catalogue(en, uk);
