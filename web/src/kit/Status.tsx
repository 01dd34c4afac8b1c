// A state in a word, coloured by what it means; never by colour alone. And the states that several workspaces show.
import type { ReactNode } from 'react';
import classes from './Status.module.css';
import { useKitTexts } from './texts.ts';

export type Tone = 'neutral' | 'info' | 'good' | 'warning' | 'bad';

export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`${classes['status']} ${classes[tone]}`}>{children}</span>;
}

/** An order's states, in the order in which it comes to them. */
export const ORDER_STATES = [
  'awaiting_payment',
  'placed',
  'confirmed',
  'releasing',
  'released',
  'delivered',
  'cancelled',
  'returned',
] as const;

export type OrderStateName = (typeof ORDER_STATES)[number];

const ORDER_TONES: Record<OrderStateName, Tone> = {
  awaiting_payment: 'warning',
  placed: 'info',
  confirmed: 'info',
  releasing: 'info',
  released: 'good',
  delivered: 'good',
  cancelled: 'bad',
  returned: 'bad',
};

export function OrderStatus({ state }: { state: OrderStateName }) {
  const t = useKitTexts();
  return <Status tone={ORDER_TONES[state]}>{t(`order.${state}`)}</Status>;
}
