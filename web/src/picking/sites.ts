// Where there is something to pick: what waits at each of one's own sites, and at which of them one works.
import { useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';
import { useChosenSite, useMySites, type Site } from '../session/sites.ts';

const LOOK_MS = 30_000;

export interface PickSites {
  /** The site shown: the one chosen, else the own site with the most to do. Absent until that is known. */
  site: Site | undefined;
  /** All own sites, with what is to be done at each. */
  all: readonly { site: Site; waiting: number }[];
  isPending: boolean;
  error: unknown;
  refetch: () => unknown;
}

export function usePickSites(): PickSites {
  const mine = useMySites();
  const chosen = useChosenSite();
  const query = useQuery({
    queryKey: ['inventory', 'picks waiting'],
    queryFn: async () => (await ok(api.GET('/api/inventory/picks/waiting'))).sites,
    refetchInterval: LOOK_MS,
  });
  const counts = new Map(
    (query.data ?? []).map((at) => [
      at.site,
      at.to_pick + at.to_pack + at.to_hand_over + at.to_put_back + at.to_take_in,
    ]),
  );
  const all = mine.map((site) => ({ site, waiting: counts.get(site.id) ?? 0 }));
  const busiest = [...all].sort((a, b) => b.waiting - a.waiting)[0]?.site;
  return {
    site: chosen ?? (query.data === undefined ? undefined : busiest),
    all,
    isPending: query.isPending,
    error: query.error,
    refetch: query.refetch,
  };
}
