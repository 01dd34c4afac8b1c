// The texts of the contact center's workspace.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useContactTexts = catalogue(en, uk);
