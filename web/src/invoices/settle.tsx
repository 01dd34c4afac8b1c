// What is done about an invoice besides printing it: a bank transfer is recorded, lines are credited, money is given back.
import { Button, NumberInput, Table, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, idOf, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Confirm, SideForm } from '../kit/dialogs.tsx';
import { Money } from '../kit/Money.tsx';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useMay } from '../session/session.ts';
import { money, quantity } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useInvoiceTexts } from './texts.ts';

type Invoice = Schemas['InvoiceView'];
type Payment = Schemas['PaymentView'];

const TOUCHES = [['finance'], ['payments'], ['orders']] as const;

/** The buttons that stand beside *Print*: only what can be done with this document, by this person. */
export function Settle({ invoice }: { invoice: Invoice }) {
  const t = useInvoiceTexts();
  const may = useMay();
  const [open, setOpen] = useState<'transfer' | 'credit' | 'refund'>();
  if (invoice.kind !== 'invoice') return null;
  const close = () => setOpen(undefined);
  const isTransferred = invoice.payment_method === 'on_account' && invoice.owed.minor > 0;
  return (
    <>
      {isTransferred && may('payments.capture') && (
        <Button onClick={() => setOpen('transfer')}>{t('transfer.record')}</Button>
      )}
      {invoice.owed.minor < 0 && may('payments.refund') && may('payments.read') && (
        <Button onClick={() => setOpen('refund')}>{t('refund')}</Button>
      )}
      {invoice.state !== 'credited' && may('finance.issue', invoice.site) && (
        <Button variant="default" onClick={() => setOpen('credit')}>
          {t('credit')}
        </Button>
      )}
      {open === 'transfer' && <Transfer invoice={invoice} onClose={close} />}
      {open === 'refund' && <GiveBack invoice={invoice} onClose={close} />}
      {open === 'credit' && <Credit invoice={invoice} onClose={close} />}
    </>
  );
}

function usePayments(order: string) {
  return useQuery({
    queryKey: ['payments', 'of', order],
    queryFn: async () => (await ok(api.GET('/api/payments', { params: { query: { reference: order } } }))).payments,
  });
}

/** The whole of what is owed came by bank transfer. A payment is taken once, so a part of it cannot be recorded. */
function Transfer({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const t = useInvoiceTexts();
  const code = locale(useLanguage());
  const payments = usePayments(invoice.order);
  const payment = payments.data?.find((each) => each.method === 'on_account' && each.state === 'authorised');
  const isTooMuch = payment !== undefined && payment.authorised.minor < invoice.owed.minor;
  const record = useCommand({
    run: (body: Schemas['Capture']) => ok(api.POST('/api/payments/capture', { body })),
    touches: TOUCHES,
    onDone: () => {
      toast('good', t('transfer.done', { number: invoice.number }));
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t('transfer.record')}
      action={t('transfer.took', { price: money(invoice.owed, code) })}
      isRunning={record.isPending}
      isDisabled={payment === undefined || isTooMuch}
      error={record.error}
      onConfirm={() => payment !== undefined && record.mutate({ payment: payment.id, amount: invoice.owed })}
    >
      <Show query={payments} rows={2}>
        {() =>
          payment === undefined || isTooMuch ? (
            <p>{t('transfer.none')}</p>
          ) : (
            <p>
              {t('transfer.text', {
                price: money(invoice.owed, code),
                buyer: invoice.buyer.name,
                number: invoice.number,
              })}
            </p>
          )
        }
      </Show>
    </Confirm>
  );
}

/** Of what was taken, given back or asked to be given back: all that has left already. */
function gone(payment: Payment): number {
  return payment.refunded.minor + (payment.refunding?.minor ?? 0);
}

/** More was paid than is owed, e.g. after a credit note: the rest goes back the way it came. */
function GiveBack({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const t = useInvoiceTexts();
  const code = locale(useLanguage());
  const payments = usePayments(invoice.order);
  const all = payments.data ?? [];
  const underWay = all.reduce((sum, each) => sum + (each.refunding?.minor ?? 0), 0);
  // The books know only what was given back, not what is asked for.
  const wanted = -invoice.owed.minor - underWay;
  const payment = all.find((each) => each.captured.minor - gone(each) >= wanted);
  const amount = { minor: Math.max(0, wanted), currency: invoice.owed.currency };
  const [failed, setFailed] = useState(false);
  const give = useCommand({
    run: async (body: Schemas['Refund']) => {
      const before = payment === undefined ? 0 : gone(payment);
      const after = await ok(api.POST('/api/payments/refunds', { body }));
      return { isAsked: (after.refunding?.minor ?? 0) > 0, isDeclined: gone(after) <= before };
    },
    touches: TOUCHES,
    onDone: ({ isAsked, isDeclined }) => {
      if (isDeclined) return setFailed(true);
      toast('good', t(isAsked ? 'refund.asked' : 'refund.done'));
      onClose();
    },
  });
  const submit = () => {
    if (payment === undefined || wanted <= 0) return;
    setFailed(false);
    // From the payment and what has left it: opened twice, it is the same refund.
    const refund = idOf('ref', payment.id, gone(payment));
    give.mutate({ refund, payment: payment.id, amount, reason: invoice.number });
  };
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t('refund')}
      action={t('refund.action', { price: money(amount, code) })}
      isRunning={give.isPending}
      isDisabled={payment === undefined || wanted <= 0}
      error={give.error}
      onConfirm={submit}
    >
      <Show query={payments} rows={2}>
        {() => (
          <p>
            {wanted <= 0
              ? t('refund.under-way')
              : payment === undefined
                ? t('refund.none')
                : t('refund.text', { price: money(amount, code), buyer: invoice.buyer.name })}
          </p>
        )}
      </Show>
      {failed && (
        <p role="alert">
          <Status tone="bad">{t('refund.declined')}</Status>
        </p>
      )}
    </Confirm>
  );
}

/** How much of each line is credited, and why. */
function Credit({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const t = useInvoiceTexts();
  const code = locale(useLanguage());
  const [reason, setReason] = useState('');
  const [milli, setMilli] = useState<Record<number, number>>({});
  const lines = invoice.lines.flatMap(({ number, quantity: of }) => {
    const wished = milli[number] ?? 0;
    return wished === 0 ? [] : [{ number, quantity: { milli: wished, unit: of.unit } }];
  });
  const credit = useCommand({
    run: (body: Schemas['CreditInvoice'], key) =>
      ok(
        api.POST('/api/finance/invoices/{id}/credit', {
          params: { path: { id: invoice.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    touches: TOUCHES,
    onDone: (note) => {
      toast('good', t('credit.done', { number: note.number }));
      onClose();
    },
  });
  // What earlier credit notes took back cannot be taken back again.
  const open = invoice.lines.flatMap((line) => {
    const left = line.left ?? line.quantity;
    return left.milli > 0 ? [{ ...line, left }] : [];
  });
  const all = () => setMilli(Object.fromEntries(open.map((line) => [line.number, line.left.milli])));
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('credit.of', { number: invoice.number })}
      action={t('credit.action')}
      isRunning={credit.isPending}
      isDisabled={lines.length === 0 || reason.trim() === ''}
      error={credit.error}
      onSubmit={() => {
        // No lines would mean all that is left.
        if (lines.length > 0) credit.mutate({ reason: reason.trim(), lines });
      }}
    >
      <p className="soft">{t('credit.text')}</p>
      <TextInput
        label={t('credit.reason')}
        value={reason}
        maxLength={200}
        required
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('name')}</Table.Th>
            <Table.Th ta="end">{t('gross')}</Table.Th>
            <Table.Th ta="end">{t('credit.quantity')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {open.map((line) => (
            <Table.Tr key={line.number}>
              <Table.Td>
                {line.name}
                <br />
                <span className="soft">{quantity(line.left, code, true)}</span>
              </Table.Td>
              <Table.Td ta="end">
                <Money value={line.amounts.gross} />
              </Table.Td>
              <Table.Td w={90}>
                <NumberInput
                  aria-label={t('credit.quantity.of', { name: line.name })}
                  value={(milli[line.number] ?? 0) / 1000}
                  min={0}
                  max={line.left.milli / 1000}
                  decimalScale={line.quantity.unit === 'pcs' ? 0 : 3}
                  hideControls
                  onChange={(value) => setMilli({ ...milli, [line.number]: Math.round(Number(value) * 1000) })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Button variant="default" size="xs" onClick={all}>
        {t('credit.all')}
      </Button>
    </SideForm>
  );
}
