// The texts of the driver's pages.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useDeliveryTexts = catalogue(en, uk);
