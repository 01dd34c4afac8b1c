// The texts of the picker's screens.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const usePickingTexts = catalogue(en, uk);
