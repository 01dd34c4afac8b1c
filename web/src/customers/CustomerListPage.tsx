// Customers, found by name, telephone or e-mail.
import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { NewCustomer } from '../kit/NewCustomer.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Empty } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useCustomerTexts } from './texts.ts';

type Row = Schemas['CustomerRow'];

export function CustomerListPage() {
  const t = useCustomerTexts();
  const navigate = useNavigate();
  const canAdd = useMay()('customers.edit');
  const [isNew, setNew] = useState(false);
  const add = () => setNew(true);
  useShortcut('n', t('new'), add, canAdd);
  const url = useUrlState({ query: '' });
  const pages = usePages<Row>(['customers', 'list', url.value], async (after) => {
    const query = { limit: 100, after, ...(url.value.query === '' ? {} : { query: url.value.query }) };
    const page = await ok(api.GET('/api/customers', { params: { query } }));
    return { rows: page.customers, next: page.next };
  });
  const columns: Column<Row>[] = [
    {
      key: 'name',
      header: t('name'),
      cell: (row) => row.name || t(row.status),
      width: 'minmax(160px, 2fr)',
      phone: 'title',
    },
    { key: 'phone', header: t('phone'), cell: (row) => row.phone ?? '', phone: 'below' },
    { key: 'email', header: t('email'), cell: (row) => row.email ?? '', width: 'minmax(180px, 2fr)' },
    {
      key: 'orders',
      header: t('orders'),
      cell: (row) => row.orders,
      align: 'end',
      width: '110px',
      phone: 'side',
      named: true,
    },
  ];
  return (
    <>
      <ListPage
        title={t('title')}
        actions={
          <>
            <Button component={Link} to={paths.customerDuplicates} variant="default">
              {t('duplicates.all')}
            </Button>
            {canAdd && (
              <Button leftSection={<Plus size={16} aria-hidden />} onClick={add}>
                {t('new')}
                <Keys keys="n" />
              </Button>
            )}
          </>
        }
        filters={<SearchFilter label={t('search')} value={url.value.query} onChange={(query) => url.set({ query })} />}
        filtered={url.filtered}
        pages={pages}
        columns={columns}
        rowKey={(row) => row.id}
        href={(row) => paths.customer(row.id)}
        empty={<Empty title={t('empty')} text={t('empty.text')} />}
      />
      {isNew && (
        <NewCustomer
          typed={url.value.query}
          onClose={() => setNew(false)}
          onDone={(customer) => void navigate({ to: paths.customer(customer.id) })}
        />
      )}
    </>
  );
}
