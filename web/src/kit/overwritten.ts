// A quantity that one comes to is overwritten by typing.
import type { FocusEvent, SyntheticEvent } from 'react';

const held = new WeakMap<HTMLInputElement, string>();

/**
 * For Mantine's number fields: what they hold is selected when one comes to them, by keyboard or mouse. They call `onFocus` a moment
 * late, which a mouse needs; by then a quick hand or a scanner may have typed, which is neither to be added to the old number (23 for
 * 3) nor to be lost.
 */
export const overwritten = {
  onFocusCapture: ({ currentTarget: field }: FocusEvent<HTMLInputElement>) => {
    held.set(field, field.value);
    field.select();
  },
  onInputCapture: ({ currentTarget: field }: SyntheticEvent<HTMLInputElement>) => void held.delete(field),
  onFocus: ({ currentTarget: field }: FocusEvent<HTMLInputElement>) => {
    if (held.get(field) === field.value) field.select();
  },
};
