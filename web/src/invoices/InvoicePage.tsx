// An invoice as a sheet of paper: taxes per line and per rate, to be printed as it stands.
import { Anchor, Button, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Printer } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import { usePageId } from '../kit/pageId.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Show } from '../kit/states.tsx';
import { Status, type Tone } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { civilDay, money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './invoice.module.css';
import { Settle } from './settle.tsx';
import { useInvoiceTexts } from './texts.ts';

type Invoice = Schemas['InvoiceView'];
const TONES: Record<Invoice['state'], Tone> = { open: 'warning', paid: 'good', credited: 'neutral' };

export function InvoicePage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['finance', id],
    queryFn: () => ok(api.GET('/api/finance/invoices/{id}', { params: { path: { id } } })),
    meta: { about: (invoice) => [(invoice as Invoice).order] },
  });
  return <Show query={query}>{(invoice) => <Sheet invoice={invoice} />}</Show>;
}

function Sheet({ invoice }: { invoice: Invoice }) {
  const t = useInvoiceTexts();
  const kit = useKitTexts();
  const code = locale(useLanguage());
  const rate = new Intl.NumberFormat(code, { style: 'percent', maximumFractionDigits: 2 });
  const print = () => window.print();
  useShortcut('p', t('print'), print);
  return (
    <>
      <div className={`${classes['tools']} no-print`}>
        <Anchor component={Link} to={paths.invoices} size="sm">
          ‹ {t('back')}
        </Anchor>
        <span className={classes['state']}>
          <Status tone={TONES[invoice.state]}>{t(`state.${invoice.state}`)}</Status>
          {invoice.owed.minor > 0 && invoice.owed.minor !== invoice.total.minor && (
            <>
              {' '}
              {t('open')} <Money value={invoice.owed} />
            </>
          )}
          {invoice.owed.minor < 0 && invoice.kind === 'invoice' && (
            <>
              {' '}
              {t('too-much')} <Money value={{ ...invoice.owed, minor: -invoice.owed.minor }} />
            </>
          )}
        </span>
        <Settle invoice={invoice} />
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
              {t('date')}: {civilDay(invoice.date, code)}
              <br />
              {t('due')}: {civilDay(invoice.due_date, code)}
              <br />
              <Link to={paths.order(invoice.order)}>{t('order.of', { number: invoice.order_number })}</Link>
              <br />
              {kit(`pay.${invoice.payment_method}`)}
              {invoice.reason != null && (
                <>
                  <br />
                  {t('credit.because', { reason: invoice.reason })}
                </>
              )}
              {invoice.credits != null && (
                <>
                  <br />
                  <Link to={paths.invoice(invoice.credits)}>{t('credits')}</Link>
                </>
              )}
              {invoice.credit_notes.map((note, place) => (
                <span key={note} className="no-print">
                  <br />
                  <Link to={paths.invoice(note)}>
                    {t('kind.credit_note')} {invoice.credit_notes.length > 1 ? place + 1 : ''}
                  </Link>
                </span>
              ))}
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
        <Table className={classes['lines'] ?? ''}>
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
            <strong>
              {t(invoice.state === 'paid' ? 'total.paid' : invoice.state === 'credited' ? 'total' : 'total.sum')}
            </strong>
          </dt>
          <dd>
            <Money value={invoice.total} strong />
          </dd>
          {invoice.owed.minor > 0 && invoice.owed.minor !== invoice.total.minor && (
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
