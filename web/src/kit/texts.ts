// The texts of the composites.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useKitTexts = catalogue(en, uk);
