// Who is signed in and what they may do. The server decides; here it only hides what would be refused.
import { hashKey, queryOptions, useQuery, type QueryClient } from '@tanstack/react-query';
import { ask } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';

export type RoleName = 'agent' | 'supervisor' | 'clerk' | 'driver' | 'merchandiser' | 'finance' | 'manager' | 'admin';

export interface Me {
  person?: { id: string; name: string; login: string };
  roles: { role: RoleName; sites?: string[] }[];
  grants: { permission: string; site?: string }[];
  /** Where they work; absent: everywhere. */
  sites?: string[];
}

/** `null`: nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: ['staff', 'me'],
  queryFn: async (): Promise<Me | null> => {
    try {
      return await ask<Me>('GET', '/api/staff/me');
    } catch (error) {
      if (isProblem(error, 'kit/unauthenticated')) return null;
      throw error;
    }
  },
  staleTime: 60_000,
  // Every stream tells of the person who listens.
  meta: { live: [], about: (me) => [(me as Me | null)?.person?.id ?? ''] },
});

/** The person at the screen; only below the shell, which shows the sign-in page otherwise. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  return data ?? { roles: [], grants: [] };
}

/** Whether a permission is held, at a site if one is named; without one: anywhere. */
export function may(me: Me, permission: string, site?: string): boolean {
  const service = `${permission.split('.')[0] ?? ''}.*`;
  return me.grants.some(
    (grant) =>
      (grant.permission === '*' || grant.permission === service || grant.permission === permission) &&
      (site === undefined || grant.site === undefined || grant.site === site),
  );
}

/** Whether a permission is held at every site: what is set for all of them asks for it. */
export function useMayEverywhere(permission: string): boolean {
  const me = useMe();
  return may({ ...me, grants: me.grants.filter((grant) => grant.site === undefined) }, permission);
}

export function useMay(): (permission: string, site?: string) => boolean {
  const me = useMe();
  return (permission, site) => may(me, permission, site);
}

/** Any permission of a service: then its topic may be listened to. */
export function mayHear(me: Me | null | undefined, service: string): boolean {
  return me?.grants.some(({ permission }) => permission === '*' || permission.startsWith(`${service}.`)) ?? false;
}

/** What was read for one person is nobody else's: it goes when another one, or nobody, is at the screen. */
export function keepToOnePerson(client: QueryClient): void {
  const me = hashKey(meQuery.queryKey);
  let last: string | null | undefined;
  client.getQueryCache().subscribe(({ query }) => {
    if (query.queryHash !== me || query.state.data === undefined) return;
    const now = (query.state.data as Me | null)?.person?.id ?? null;
    const isAnother = last !== undefined && last !== now;
    last = now;
    if (isAnother) client.removeQueries({ predicate: ({ queryHash }) => queryHash !== me });
  });
}

export function signedOut(client: QueryClient): void {
  client.setQueryData(meQuery.queryKey, null);
}

let isSigningOut = false;

/** Whoever is asked for a sign-in had not meant to end their session. */
export function isOverUnasked(): boolean {
  return !isSigningOut;
}

/** Ends the session on the server and loads the page anew: nothing of the person stays in it. */
export async function signOut(): Promise<void> {
  isSigningOut = true;
  try {
    await ask('POST', '/api/staff/sign-out');
  } catch (error) {
    isSigningOut = false;
    throw error;
  }
  window.location.assign('/');
}
