// Customers who share a telephone number or an e-mail address, group by group: are they one person?
import { Anchor, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { Merge } from './merge.tsx';
import classes from './customers.module.css';
import { useCustomerTexts } from './texts.ts';

export function DuplicatesPage() {
  const t = useCustomerTexts();
  const query = useQuery({
    queryKey: ['customers', 'duplicates'],
    queryFn: () => ok(api.GET('/api/customers/duplicates')),
  });
  return (
    <DetailPage title={t('duplicates.all')} back={{ to: paths.customers, label: t('back') }}>
      <Show query={query}>
        {({ groups }) =>
          groups.length === 0 ? (
            <Empty title={t('duplicates.none')} text={t('duplicates.none.text')} />
          ) : (
            groups.map((group) => <Group key={`${group.shared} ${group.value}`} group={group} />)
          )
        }
      </Show>
    </DetailPage>
  );
}

function Group({ group }: { group: Schemas['DuplicateGroup'] }) {
  const t = useCustomerTexts();
  const may = useMay();
  const [other, setOther] = useState<string>();
  const [first] = group.customers;
  if (first === undefined) return null;
  return (
    <Panel
      title={
        <>
          {group.value} <Status tone="warning">{t(`shared.${group.shared}`)}</Status>
        </>
      }
      flush
    >
      <ul className={classes['likely']}>
        {group.customers.map((customer) => (
          <li key={customer.id}>
            <div className={classes['who']}>
              <Anchor component={Link} to={paths.customer(customer.id)}>
                {customer.name}
              </Anchor>
              <div className="soft">{[customer.phone, customer.email].filter(Boolean).join(' · ')}</div>
            </div>
            <span>{t('orders.n', { n: customer.orders })}</span>
            {may('customers.merge') && customer.id !== first.id && (
              <Button variant="default" size="xs" onClick={() => setOther(customer.id)}>
                {t('merge')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {other !== undefined && <Merge one={first.id} other={other} onClose={() => setOther(undefined)} />}
    </Panel>
  );
}
