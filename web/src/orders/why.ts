// Why an order ended as it did, in words: the codes are the procedure's and the driver's.
import { useKitTexts } from '../kit/texts.ts';

const CANCELLED = [
  'customer',
  'unreachable',
  'fraud',
  'stock',
  'payment-declined',
  'payment-timeout',
  'other',
] as const;
/** Why nobody took the goods. */
export const UNDELIVERED = ['nobody_there', 'wrong_address', 'refused', 'damaged', 'other'] as const;

export function useWhy(): (code: string, hasComeBack: boolean) => string {
  const kit = useKitTexts();
  return (code, hasComeBack) => {
    const cancelled = CANCELLED.find((each) => each === code);
    const undelivered = UNDELIVERED.find((each) => each === code);
    if (hasComeBack && undelivered !== undefined) return kit(`undelivered.${undelivered}`);
    return cancelled === undefined ? code : kit(`cancelled.${cancelled}`);
  };
}
