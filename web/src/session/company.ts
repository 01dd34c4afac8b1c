// The company's own terms: its currency, and the zone of what belongs to no site.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import type { Clock } from '../texts/format.ts';

const isNone = (error: Error) => error instanceof ProblemError && error.problem.status === 404;

export const companyQuery = queryOptions({
  queryKey: ['staff', 'company', 'terms'],
  queryFn: async () => {
    const { currency, zone } = await ok(api.GET('/api/staff/company'));
    return { currency, zone };
  },
  staleTime: 300_000,
  // Before there is a company there is nothing to wait for.
  retry: (failures, error) => failures < 3 && !isNone(error),
  meta: { live: [] },
});

/** Absent until it is read, and where there is no company yet. */
export function useCompany(): { currency: string; zone: string } | undefined {
  return useQuery(companyQuery).data;
}

/** The company's clock, by which prices, seasons, tax rates and rules begin and end; before there is a company, this browser's. */
export function useCompanyClock(): Clock {
  const { data, error } = useQuery(companyQuery);
  return { zone: data?.zone, isKnown: data !== undefined || (error !== null && isNone(error)) };
}
