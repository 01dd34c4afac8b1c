// A message to a customer, as `notices` tells of it.

export const STATES = ['waiting', 'sent', 'failed'] as const;

export interface Message {
  id: string;
  order: string;
  template: string;
  state: string;
  attempts: number;
  /** Why it failed the last time. */
  reason?: string;
  /** Known once it was written. */
  to?: string;
  subject?: string;
  text?: string;
  created_at: string;
  sent_at?: string;
}

/** The state as a word that has a text and a colour. */
export function stateOf(message: Message): (typeof STATES)[number] {
  return STATES.find((each) => each === message.state) ?? 'waiting';
}
