// A message to a customer, as `notices` tells of it.

export const STATES = ['waiting', 'sent', 'failed', 'skipped'] as const;

export interface Message {
  id: string;
  order: string;
  template:
    | 'order_placed'
    | 'ready_for_pick_up'
    | 'not_ready_yet'
    | 'on_its_way'
    | 'order_cancelled'
    | 'invoice'
    | 'order_returned';
  state: string;
  /** Counts changes; a wish to send it again names the one that was seen. */
  version: number;
  attempts: number;
  /** Why it failed the last time, or why there was nothing to be sent. */
  reason?: string;
  /** Known once it was written. */
  to?: string;
  subject?: string;
  /** Its `Message-ID`, in brackets. */
  message_id?: string;
  text?: string;
  created_at: string;
  sent_at?: string;
}

/** The state as a word that has a text and a colour. */
export function stateOf(message: Message): (typeof STATES)[number] {
  return STATES.find((each) => each === message.state) ?? 'waiting';
}
