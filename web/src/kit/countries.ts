// The countries that the retailer delivers to: its own first, then those of its delivery zones.
import { useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { locale, useLanguage } from '../texts/language.ts';

export interface Country {
  code: string;
  name: string;
}

/** Absent until it is known; empty where nobody has said, or it cannot be learned: an address needs none. */
export function useCountries(): readonly Country[] | undefined {
  const language = useLanguage();
  const { data, isError } = useQuery({
    queryKey: ['delivery', 'countries'],
    queryFn: async () => {
      const [home, { zones }] = await Promise.all([homeCountry(), ok(api.GET('/api/delivery/zones'))]);
      return [...new Set([...home, ...zones.map((zone) => zone.country)])];
    },
    staleTime: 300_000,
    meta: { live: [] },
  });
  const names = new Intl.DisplayNames(locale(language), { type: 'region' });
  const codes = data ?? (isError ? [] : undefined);
  return codes?.map((code) => ({ code, name: names.of(code) ?? code }));
}

async function homeCountry(): Promise<string[]> {
  try {
    const { country } = await ok(api.GET('/api/staff/company'));
    return country == null ? [] : [country];
  } catch (error) {
    // Before there is a company.
    if (isProblem(error, 'kit/not-found')) return [];
    throw error;
  }
}
