// What the clerk did not find: the reason for this call. Said in goods, so that the agent can offer something else.
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { useProductNames } from '../kit/products.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { Status } from '../kit/Status.tsx';
import { useSiteName } from '../session/sites.ts';
import { useContactTexts } from './texts.ts';

/** What of an order its clerks looked for in vain. */
export function useMissing(order: string) {
  const { data } = useQuery({
    queryKey: ['inventory', 'picks of', order],
    queryFn: () => ok(api.GET('/api/inventory/orders/{id}/picks', { params: { path: { id: order } } })),
  });
  return (data?.picks ?? []).flatMap((pick) =>
    pick.items.filter((item) => item.missing.milli > 0).map((item) => ({ item, site: pick.site })),
  );
}

export function Missing({ order }: { order: Schemas['OrderSheet'] }) {
  const t = useContactTexts();
  const siteName = useSiteName();
  const missing = useMissing(order.id);
  const name = useProductNames(missing.map(({ item }) => item.product));
  if (missing.length === 0) return null;
  return (
    <Panel title={t('short.goods')}>
      <ul style={{ listStyle: 'none' }}>
        {missing.map(({ item, site }) => (
          <li key={`${item.product} ${site}`}>
            <Status tone="bad">
              <Quantity value={item.missing} withPieces />
            </Status>{' '}
            {name(item.product, order.lines.find((line) => line.product === item.product)?.name)}{' '}
            <span className="soft">
              {t('short.of')} <Quantity value={item.asked} withPieces /> · {siteName(site)}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
