// The goods of the order on the line, with what there is of each.
import { Button, Table } from '@mantine/core';
import type { Schemas } from '../api/client.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { useProductNames } from '../kit/products.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { Keys } from '../kit/shortcuts.tsx';
import { Status } from '../kit/Status.tsx';
import { useSiteName } from '../session/sites.ts';
import classes from './contact.module.css';
import { useContactTexts } from './texts.ts';

type Sheet = Schemas['OrderSheet'];

export function Lines(props: {
  order: Sheet;
  availability: Schemas['Availability'][];
  /** Absent: it cannot be changed now. */
  onEdit?: () => void;
}) {
  const { order } = props;
  const t = useContactTexts();
  const name = useProductNames(order.lines.map((line) => line.product));
  return (
    <Panel
      title={t('lines')}
      flush
      actions={
        props.onEdit !== undefined && (
          <Button variant="default" size="xs" onClick={props.onEdit}>
            {t('edit')}
            <Keys keys="e" />
          </Button>
        )
      }
    >
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('product')}</Table.Th>
            <Table.Th ta="end">{t('quantity')}</Table.Th>
            <Table.Th ta="end" visibleFrom="xs">
              {t('price')}
            </Table.Th>
            <Table.Th ta="end">{t('available')}</Table.Th>
            <Table.Th ta="end">{t('sum')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {order.lines.map((line) => (
            <Table.Tr key={`${line.product} ${line.site}`}>
              <Table.Td>{name(line.product, line.name)}</Table.Td>
              <Table.Td ta="end">
                <Quantity value={line.quantity} />
              </Table.Td>
              <Table.Td ta="end" visibleFrom="xs">
                <Money value={line.unit_price} />
              </Table.Td>
              <Table.Td ta="end">
                <Stock
                  line={line}
                  at={props.availability.find((at) => at.product === line.product && at.site === line.site)}
                />
              </Table.Td>
              <Table.Td ta="end">
                <Money value={line.amounts.gross} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

/** The order's own goods are reserved; said is whether they lie there in fact, and how much more can be sold of them at that site. */
function Stock({ line, at }: { line: Schemas['SheetLine']; at: Schemas['Availability'] | undefined }) {
  const t = useContactTexts();
  const siteName = useSiteName();
  if (at === undefined) return <span className="soft">{t('stock.unknown')}</span>;
  const isThere = at.on_hand.milli >= line.quantity.milli;
  return (
    <span className={classes['stock']}>
      <Status tone={isThere ? 'good' : 'bad'}>{t(isThere ? 'stock.there' : 'stock.short')}</Status>
      <span className="soft">
        {isThere ? (
          <>
            {siteName(line.site)}: {t('stock.more')} <Quantity value={at.available} withPieces />
          </>
        ) : (
          <>
            {siteName(line.site)}: <Quantity value={at.on_hand} withPieces />
          </>
        )}
      </span>
    </span>
  );
}
