// Where the product is, for those who may see stock; the way to its movements.
import { Anchor, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok } from '../api/client.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { Show } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useSiteName } from '../session/sites.ts';
import { useCatalogTexts } from './texts.ts';

export function Stock({ product }: { product: string }) {
  return useMay()('inventory.read') ? <Sites product={product} /> : null;
}

function Sites({ product }: { product: string }) {
  const t = useCatalogTexts();
  const siteName = useSiteName();
  const query = useQuery({
    queryKey: ['inventory', product],
    queryFn: () => ok(api.GET('/api/inventory/stock/{product}', { params: { path: { product } } })),
    meta: { live: ['inventory'] },
  });
  return (
    <Panel
      title={t('stock')}
      actions={
        <Anchor component={Link} to={paths.stockOf(product)} size="sm">
          {t('stock.all')}
        </Anchor>
      }
      flush
    >
      <Show query={query}>
        {({ sites }) =>
          sites.length === 0 ? (
            <Text size="sm" c="dimmed" p="sm">
              {t('stock.none')}
            </Text>
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('stock.site')}</Table.Th>
                  <Table.Th ta="end">{t('stock.on-hand')}</Table.Th>
                  <Table.Th ta="end">{t('stock.available')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {sites.map((at) => (
                  <Table.Tr key={at.site}>
                    <Table.Td>{siteName(at.site)}</Table.Td>
                    <Table.Td ta="end">
                      <Quantity value={at.on_hand} />
                    </Table.Td>
                    <Table.Td ta="end">
                      <Quantity value={at.available} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
    </Panel>
  );
}
