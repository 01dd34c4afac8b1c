// The texts of the shell.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useShellTexts = catalogue(en, uk);
