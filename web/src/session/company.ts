// The company's own terms: its currency, and the zone of what belongs to no site.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';

export const companyQuery = queryOptions({
  queryKey: ['staff', 'company', 'terms'],
  queryFn: async () => {
    const { currency, zone } = await ok(api.GET('/api/staff/company'));
    return { currency, zone };
  },
  staleTime: 300_000,
  // Before there is a company there is nothing to wait for.
  retry: false,
  meta: { live: [] },
});

/** Absent until it is read, and where there is no company yet. */
export function useCompany(): { currency: string; zone: string } | undefined {
  return useQuery(companyQuery).data;
}
