// One product's stock everywhere, and its movements: what, how much, when, who, why.
import { Button, Group, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useProductNames } from '../kit/products.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { usePages } from '../kit/ListPage.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { usePeople } from '../session/people.ts';
import { useSiteName } from '../session/sites.ts';
import { MoveForm, MOVES } from './MoveForm.tsx';
import { useStockTexts } from './texts.ts';

const KINDS = [
  'received',
  'reserved',
  'released',
  'picked',
  'shipped',
  'adjusted',
  'transferred_out',
  'transferred_in',
  'returned',
] as const;

export function ProductStockPage() {
  const t = useStockTexts();
  const product = usePageId();
  const name = useProductNames([product])(product);
  const siteName = useSiteName();
  const may = useMay();
  const canMove = Object.values(MOVES).some((permission) => may(permission));
  const [isMoving, setMoving] = useState(false);
  useShortcut('n', t('move'), () => setMoving(true), canMove);
  const query = useQuery({
    queryKey: ['inventory', product],
    queryFn: () => ok(api.GET('/api/inventory/stock/{product}', { params: { path: { product } } })),
    meta: { live: ['inventory'] },
  });
  return (
    <DetailPage
      title={name}
      back={{ to: paths.stock, label: t('back') }}
      actions={
        canMove &&
        query.data !== undefined && (
          <Button onClick={() => setMoving(true)}>
            {t('move')}
            <Keys keys="n" />
          </Button>
        )
      }
    >
      {isMoving && query.data !== undefined && (
        <MoveForm product={product} name={name} stock={query.data} onClose={() => setMoving(false)} />
      )}
      <Panel title={t('everywhere')} flush>
        <Show query={query}>
          {(stock) =>
            stock.sites.length === 0 ? (
              <Empty title={t('none')} />
            ) : (
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('site')}</Table.Th>
                    <Table.Th ta="end">{t('on-hand')}</Table.Th>
                    <Table.Th ta="end">{t('reserved')}</Table.Th>
                    <Table.Th ta="end">{t('available')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {stock.sites.map((at) => (
                    <Table.Tr key={at.site}>
                      <Table.Td>{siteName(at.site)}</Table.Td>
                      <Table.Td ta="end">
                        <Quantity value={at.on_hand} />
                      </Table.Td>
                      <Table.Td ta="end">
                        <Quantity value={at.reserved} />
                      </Table.Td>
                      <Table.Td ta="end">
                        <Quantity value={at.available} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
                {stock.sites.length > 1 && (
                  <Table.Tfoot>
                    <Table.Tr>
                      <Table.Th scope="row">{t('together')}</Table.Th>
                      <Table.Th ta="end">
                        <Quantity value={stock.on_hand} />
                      </Table.Th>
                      <Table.Th ta="end">
                        <Quantity value={stock.reserved} />
                      </Table.Th>
                      <Table.Th ta="end">
                        <Quantity value={stock.available} />
                      </Table.Th>
                    </Table.Tr>
                  </Table.Tfoot>
                )}
              </Table>
            )
          }
        </Show>
      </Panel>
      <Movements product={product} />
    </DetailPage>
  );
}

function Movements({ product }: { product: string }) {
  const t = useStockTexts();
  const kit = useKitTexts();
  const siteName = useSiteName();
  const person = usePeople();
  const pages = usePages<Schemas['MovementView']>(['inventory', 'movements', product], async (after) => {
    const page = await ok(
      api.GET('/api/inventory/movements', {
        params: { query: { product, limit: 50, ...(after === undefined ? {} : { after: Number(after) }) } },
      }),
    );
    return { rows: page.movements, next: page.next == null ? undefined : String(page.next) };
  });
  const kind = (of: string) => {
    const known = KINDS.find((each) => each === of);
    return known === undefined ? of : t(`kind.${known}`);
  };
  return (
    <Panel title={t('movements')} flush>
      {pages.rows.length === 0 ? (
        <Empty title={t('movements.none')} />
      ) : (
        <Table.ScrollContainer minWidth={640}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('when')}</Table.Th>
                <Table.Th>{t('kind')}</Table.Th>
                <Table.Th>{t('site')}</Table.Th>
                <Table.Th ta="end">{t('change')}</Table.Th>
                <Table.Th>{t('who')}</Table.Th>
                <Table.Th>{t('why')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {pages.rows.map((row) => (
                <Table.Tr key={row.seq}>
                  <Table.Td>
                    <When at={row.at} />
                  </Table.Td>
                  <Table.Td>{kind(row.kind)}</Table.Td>
                  <Table.Td>{siteName(row.site)}</Table.Td>
                  <Table.Td ta="end">
                    <Quantity value={row.quantity} />
                  </Table.Td>
                  <Table.Td>{person(row.by)}</Table.Td>
                  <Table.Td>{row.why ?? row.reference ?? ''}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {pages.more !== undefined && (
        <Group p="sm" justify="center">
          <Button variant="default" size="xs" loading={pages.more.loading} onClick={pages.more.load}>
            {kit('more')}
          </Button>
        </Group>
      )}
    </Panel>
  );
}
