// The stores and warehouses, and the one this person works at now: kept in this browser.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { ask } from '../api/client.ts';
import { useMe } from './session.ts';

export interface Site {
  id: string;
  code: string;
  name: string;
  kind: 'store' | 'warehouse';
  address: string[];
  region: string;
  zone: string;
  /** Minutes after midnight. */
  day_start: number;
  pick_up: boolean;
  open: boolean;
  version: number;
}

export const sitesQuery = queryOptions({
  queryKey: ['staff', 'sites'],
  queryFn: async () => (await ask<{ sites: Site[] }>('GET', '/api/staff/sites')).sites,
  staleTime: 300_000,
  meta: { live: [] },
});

/** The name of a site for people; its id until the names are here. */
export function useSiteName(): (id: string) => string {
  const { data } = useQuery(sitesQuery);
  return (id) => data?.find((site) => site.id === id)?.name ?? id;
}

/** The sites where this person works. */
export function useMySites(): Site[] {
  const me = useMe();
  const { data } = useQuery(sitesQuery);
  return (data ?? []).filter((site) => me.sites === undefined || me.sites.includes(site.id));
}

const KEY = 'backroom.site';
const listeners = new Set<() => void>();

export function setSite(id: string): void {
  localStorage.setItem(KEY, id);
  for (const listener of listeners) listener();
}

/** The site that this person chose in this browser, if they still work there. */
export function useChosenSite(): Site | undefined {
  const mine = useMySites();
  const chosen = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => localStorage.getItem(KEY),
  );
  return mine.find((site) => site.id === chosen);
}

/** Where what is asked for is of: everywhere for who works everywhere, else the one site at which this person works now. */
export function useHere(): string | undefined {
  const me = useMe();
  const site = useSite();
  return me.sites === undefined ? undefined : (site?.id ?? me.sites[0]);
}

/** The site at which this person works now: the chosen one, else the first of theirs. */
export function useSite(): Site | undefined {
  const chosen = useChosenSite();
  const [first] = useMySites();
  return chosen ?? first;
}
