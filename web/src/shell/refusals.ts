// Makes the refusals known that only the back office meets.
import { tell } from '../kit/refusals.ts';
import { en } from './refusals.en.ts';
import { uk } from './refusals.uk.ts';

tell(en, uk);
