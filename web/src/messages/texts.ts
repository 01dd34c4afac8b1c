// The texts of the messages pages.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useMessageTexts = catalogue(en, uk);
