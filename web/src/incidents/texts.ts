// The texts of the incidents.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useIncidentTexts = catalogue(en, uk);
