// All invoices and credit notes, the newest first.
import { TextInput } from '@mantine/core';
import { CalendarDays } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { ChoiceFilter, SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty } from '../kit/states.tsx';
import { Status, type Tone } from '../kit/Status.tsx';
import { paths } from '../paths.ts';
import { useHere } from '../session/sites.ts';
import { civilDay } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useInvoiceTexts } from './texts.ts';

type Row = Schemas['InvoiceSummary'];
const TONES: Record<Row['state'], Tone> = { open: 'warning', paid: 'good', credited: 'neutral' };

export function InvoiceListPage() {
  const t = useInvoiceTexts();
  const code = locale(useLanguage());
  const here = useHere();
  const url = useUrlState({ q: '', kind: '', paid: '', day: '' });
  const { q, kind, paid, day } = url.value;
  const pages = usePages<Row>(['finance', 'list', url.value, here], async (after) => {
    const page = await ok(
      api.GET('/api/finance/invoices', {
        params: {
          query: {
            after,
            limit: 100,
            site: here,
            ...(q === '' ? {} : { q }),
            ...(day === '' ? {} : { from: day, to: day }),
            ...(kind === 'invoice' || kind === 'credit_note' ? { kind } : {}),
            ...(paid === 'open' || paid === 'paid' ? { paid } : {}),
          },
        },
      }),
    );
    return { rows: page.invoices, next: page.next };
  });
  const columns: Column<Row>[] = [
    { key: 'number', header: t('number'), cell: (row) => row.number, width: '150px', phone: 'title' },
    { key: 'date', header: t('date'), cell: (row) => civilDay(row.date, code), width: '130px', phone: 'below' },
    { key: 'order', header: t('order'), cell: (row) => row.order_number, width: '110px' },
    {
      key: 'buyer',
      header: t('buyer'),
      cell: (row) => row.buyer_name,
      width: 'minmax(140px, 2fr)',
      phone: 'below',
    },
    {
      key: 'state',
      header: t('state'),
      cell: (row) => <Status tone={TONES[row.state]}>{t(`state.${row.state}`)}</Status>,
      phone: 'belowSide',
    },
    {
      key: 'total',
      header: t('total'),
      cell: (row) => <Money value={row.total} />,
      align: 'end',
      width: '120px',
      phone: 'side',
    },
  ];
  return (
    <ListPage
      title={t('title')}
      filters={
        <>
          <SearchFilter label={t('search')} value={q} onChange={(text) => url.set({ q: text })} />
          <ChoiceFilter
            label={t('kind')}
            value={kind}
            options={(['invoice', 'credit_note'] as const).map((value) => ({ value, label: t(`kind.${value}`) }))}
            onChange={(value) => url.set({ kind: value })}
          />
          <ChoiceFilter
            label={t('paid')}
            value={paid}
            options={(['open', 'paid'] as const).map((value) => ({ value, label: t(`paid.${value}`) }))}
            onChange={(value) => url.set({ paid: value })}
          />
          <TextInput
            type="date"
            aria-label={t('date')}
            leftSection={<CalendarDays size={16} aria-hidden />}
            value={day}
            onChange={(event) => url.set({ day: event.currentTarget.value })}
          />
        </>
      }
      filtered={url.filtered}
      pages={pages}
      columns={columns}
      rowKey={(row) => row.id}
      href={(row) => paths.invoice(row.id)}
      empty={<Empty title={t('empty')} text={t('empty.text')} />}
    />
  );
}
