// An invoice as a sheet of paper: taxes per line and per rate, to be printed as it stands.
import { Button, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Printer } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import { usePageId } from '../kit/pageId.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Show } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './invoice.module.css';
import { useInvoiceTexts } from './texts.ts';

type Invoice = Schemas['InvoiceView'];

export function InvoicePage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['finance', id],
    queryFn: () => ok(api.GET('/api/finance/invoices/{id}', { params: { path: { id } } })),
  });
  return <Show query={query}>{(invoice) => <Sheet invoice={invoice} />}</Show>;
}

function Sheet({ invoice }: { invoice: Invoice }) {
  const t = useInvoiceTexts();
  const code = locale(useLanguage());
  const rate = new Intl.NumberFormat(code, { style: 'percent', maximumFractionDigits: 2 });
  const print = () => window.print();
  useShortcut('p', t('print'), print);
  return (
    <>
      <div className={`${classes['tools']} no-print`}>
        <Link to={paths.invoices}>‹ {t('back')}</Link>
        <Button variant="default" leftSection={<Printer size={16} aria-hidden />} onClick={print}>
          {t('print')}
          <Keys keys="p" />
        </Button>
      </div>
      <article className={classes['sheet']}>
        <header className={classes['head']}>
          <div>
            <h1>{t(invoice.kind, { number: invoice.number })}</h1>
            <p>
              {t('date')}: {invoice.date}
              <br />
              {t('due')}: {invoice.due_date}
              <br />
              <Link to={paths.order(invoice.order)}>{t('order.of', { number: invoice.order_number })}</Link>
            </p>
          </div>
          <address>
            <strong>{invoice.seller.name}</strong>
            {invoice.seller.address.map((line) => (
              <span key={line}>{line}</span>
            ))}
            {invoice.seller.tax_number != null && (
              <span>
                {t('tax-id')}: {invoice.seller.tax_number}
              </span>
            )}
          </address>
        </header>
        <section className={classes['buyer']}>
          <h2>{t('buyer')}</h2>
          <address>
            <strong>{invoice.buyer.name}</strong>
            {(invoice.buyer.address ?? []).map((line) => (
              <span key={line}>{line}</span>
            ))}
          </address>
        </section>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('position')}</Table.Th>
              <Table.Th>{t('name')}</Table.Th>
              <Table.Th ta="end">{t('quantity')}</Table.Th>
              <Table.Th ta="end">{t('price')}</Table.Th>
              <Table.Th ta="end">{t('net')}</Table.Th>
              <Table.Th ta="end">{t('tax')}</Table.Th>
              <Table.Th ta="end">{t('gross')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {invoice.lines.map((line) => (
              <Table.Tr key={line.number}>
                <Table.Td>{line.number}</Table.Td>
                <Table.Td>{line.name}</Table.Td>
                <Table.Td ta="end">
                  <Quantity value={line.quantity} withPieces />
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={line.unit_price} />
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={line.amounts.net} />
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={line.amounts.tax} />{' '}
                  <span className="soft">{rate.format(line.amounts.rate / 10_000)}</span>
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={line.amounts.gross} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <dl className={classes['sums']}>
          <dt>{t('net.sum')}</dt>
          <dd>
            <Money value={invoice.net} />
          </dd>
          {invoice.taxes.map((tax) => (
            <div key={tax.rate} className={classes['pair']}>
              <dt>{t('tax.of', { rate: rate.format(tax.rate / 10_000), net: money(tax.net, code) })}</dt>
              <dd>
                <Money value={tax.tax} />
              </dd>
            </div>
          ))}
          <dt>
            <strong>{t('total.sum')}</strong>
          </dt>
          <dd>
            <Money value={invoice.total} strong />
          </dd>
          {invoice.owed.minor !== 0 && invoice.owed.minor !== invoice.total.minor && (
            <div className={classes['pair']}>
              <dt>{t('open')}</dt>
              <dd>
                <Money value={invoice.owed} />
              </dd>
            </div>
          )}
        </dl>
      </article>
    </>
  );
}
