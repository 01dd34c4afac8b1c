// The ways of delivery, zones and pick-up places as they are read and set: each is set as a whole, upon the version that was seen.
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';

export type Method = Schemas['Method'];
export type Methods = Schemas['MethodList'];
export type Zone = Schemas['DeliveryZone'];
export type Zones = Schemas['ZoneList'];
export type Place = Schemas['PickUpSiteView'];

export function useMethods() {
  return useQuery({ queryKey: ['delivery', 'methods'], queryFn: () => ok(api.GET('/api/delivery/methods')) });
}

export function useZones() {
  return useQuery({ queryKey: ['delivery', 'zones'], queryFn: () => ok(api.GET('/api/delivery/zones')) });
}

export function usePlaces() {
  return useQuery({
    queryKey: ['delivery', 'places'],
    queryFn: async () => (await ok(api.GET('/api/delivery/pick-up-sites'))).sites,
  });
}

/** The others as they are, with what a method is besides what the list shows of it left out. */
export function asSet(methods: Methods['methods']): Method[] {
  return methods.map(({ code, name, names, fee, tax, pick_up, offered, cut_off }) => ({
    code,
    name,
    ...(names === undefined ? {} : { names }),
    fee,
    tax,
    pick_up,
    offered,
    ...(cut_off == null ? {} : { cut_off }),
  }));
}

export function useSetMethods(onDone?: () => void) {
  return useCommand({
    run: (body: Schemas['SetMethods']) => ok(api.PUT('/api/delivery/methods', { body })),
    touches: [['delivery'], ['orders']],
    ...(onDone === undefined ? {} : { onDone }),
  });
}

export function useSetZones(onDone: () => void) {
  return useCommand({
    run: (body: Schemas['SetZones']) => ok(api.PUT('/api/delivery/zones', { body })),
    touches: [['delivery']],
    onDone,
  });
}
