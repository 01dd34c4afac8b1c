// The texts of the products.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useCatalogTexts = catalogue(en, uk);
