// What a shipment says to the driver: where to, whom to call.
import type { Schemas } from '../api/client.ts';

export type Shipment = Schemas['ShipmentView'];
export const REASONS = ['nobody_there', 'wrong_address', 'refused', 'damaged', 'other'] as const;
export type Reason = (typeof REASONS)[number];

/** The address in one line; empty once the customer is forgotten. */
export function addressOf({ contact }: Shipment): string {
  if (contact == null) return '';
  return [...(contact.address ?? []), [contact.postcode, contact.city].filter(Boolean).join(' ')]
    .filter((line) => line !== '')
    .join(', ');
}

/** Whether nobody wants it, and it goes or went back to the site that handed it over. */
export function goesBack({ state }: Shipment): boolean {
  return state === 'taken_back' || state === 'returned';
}

/** Whether somebody is to bring it to the customer. */
export function isUnderWay(shipment: Shipment): boolean {
  return shipment.state !== 'delivered' && !goesBack(shipment);
}

/** A link that the phone's own map opens. */
export function mapOf(shipment: Shipment): string {
  return `geo:0,0?q=${encodeURIComponent(addressOf(shipment))}`;
}
