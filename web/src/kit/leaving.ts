// Which way of delivery leaves on the same day, and until when one has to order: by the server's clock, whatever this browser's shows.
import { useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';
import { useKitTexts } from './texts.ts';

const MINUTES_OF_HOUR = 60;
/** The cut-off may pass while the page is open. */
const LOOK_MS = 20_000;

/** When an order placed now leaves by a way of delivery, in words; nothing where nobody promises that. */
export function useLeaving(): (code: string) => string | undefined {
  const t = useKitTexts();
  const { data } = useQuery({
    queryKey: ['delivery', 'promises'],
    queryFn: async () => (await ok(api.GET('/api/delivery/methods'))).methods,
    refetchInterval: LOOK_MS,
    meta: { live: [] },
  });
  return (code) => {
    const method = data?.find((each) => each.code === code);
    if (method?.cut_off == null || method.leaves_today == null) return undefined;
    const { minutes } = method.cut_off;
    const two = (n: number) => String(n).padStart(2, '0');
    const until = `${two(Math.floor(minutes / MINUTES_OF_HOUR))}:${two(minutes % MINUTES_OF_HOUR)}`;
    return method.leaves_today ? t('leaves.today', { until }) : t('leaves.tomorrow');
  };
}
