// The texts of the component page.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useComponentTexts = catalogue(en, uk);
