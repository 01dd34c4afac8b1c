// The texts of the staff pages.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useStaffTexts = catalogue(en, uk);
