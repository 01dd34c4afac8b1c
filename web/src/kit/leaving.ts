// Which way of delivery leaves on the same day, and until when one has to order.
import { useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';
import { clockIn, dayIn } from '../texts/format.ts';
import { useKitTexts } from './texts.ts';
import { useNow } from './When.tsx';

const MINUTES_OF_HOUR = 60;

/** When an order placed now leaves by a way of delivery, in words; nothing where nobody promises that. */
export function useLeaving(): (code: string) => string | undefined {
  const t = useKitTexts();
  const now = useNow();
  const { data } = useQuery({
    queryKey: ['delivery', 'promises'],
    queryFn: async () => (await ok(api.GET('/api/delivery/methods'))).methods,
    staleTime: 60_000,
    meta: { live: [] },
  });
  return (code) => {
    const cutOff = data?.find((method) => method.code === code)?.cut_off;
    if (cutOff == null) return undefined;
    const two = (n: number) => String(n).padStart(2, '0');
    const until = `${two(Math.floor(cutOff.minutes / MINUTES_OF_HOUR))}:${two(cutOff.minutes % MINUTES_OF_HOUR)}`;
    const isToday = clockIn(now, cutOff.zone) < `${dayIn(now, cutOff.zone)}T${until}`;
    return isToday ? t('leaves.today', { until }) : t('leaves.tomorrow');
  };
}
