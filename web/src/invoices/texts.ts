// The texts of the invoices.
import { catalogue } from '../texts/catalogue.ts';
import { en } from './texts.en.ts';
import { uk } from './texts.uk.ts';

export const useInvoiceTexts = catalogue(en, uk);
