// What the columns of the decisions that come with the product are called; a column of one's own is called as its author wrote it.
import { useRuleTexts } from './texts.ts';

const KNOWN = [
  'method',
  'pick_up',
  'goods',
  'weight_kg',
  'region',
  'fee',
  'why',
  'channel',
  'total',
  'payment_method',
  'new_customer',
  'lines',
  'confirm',
  'reason',
  'max_sites',
  'split_weight',
  'warehouse_weight',
  'same_region_weight',
  'keep_in_store',
] as const;
const TYPES = ['string', 'boolean', 'number'] as const;

export function useColumnName(): (name: string) => string {
  const t = useRuleTexts();
  return (name) => {
    const known = KNOWN.find((each) => each === name);
    return known === undefined ? name.replaceAll('_', ' ') : t(`column.${known}`);
  };
}

/** What is written in a column, in plain words; a type of one's own as it is. */
export function useTypeName(): (type: string) => string {
  const t = useRuleTexts();
  return (type) => {
    const known = TYPES.find((each) => each === type);
    return known === undefined ? type : t(`type.${known}`);
  };
}
