// The texts of who did something.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useSessionTexts = catalogue(en, uk);
