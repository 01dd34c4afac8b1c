// Two entries that are one person: found by what they share, compared side by side, and made one.
import { Anchor, Button, Radio, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import classes from './customers.module.css';
import { useCustomerTexts } from './texts.ts';

type Customer = Schemas['CustomerView'];

/** Who may be the same person; nothing where there is nobody. */
export function Likely({ customer }: { customer: Customer }) {
  const t = useCustomerTexts();
  const may = useMay();
  const [other, setOther] = useState<string>();
  const { data } = useQuery({
    queryKey: ['customers', customer.id, 'duplicates'],
    queryFn: () => ok(api.GET('/api/customers/{id}/duplicates', { params: { path: { id: customer.id } } })),
  });
  if (data === undefined || data.duplicates.length === 0) return null;
  return (
    <Panel title={t('duplicates')} flush>
      <ul className={classes['likely']}>
        {data.duplicates.map(({ customer: like, shared }) => (
          <li key={like.id}>
            <div className={classes['who']}>
              <Anchor component={Link} to={paths.customer(like.id)}>
                {like.name}
              </Anchor>
              <div className="soft">{[like.phone, like.email].filter(Boolean).join(' · ')}</div>
            </div>
            <span className={classes['shared']}>
              {shared.map((each) => (
                <Status key={each} tone={each === 'name' ? 'neutral' : 'warning'}>
                  {t(`shared.${each}`)}
                </Status>
              ))}
            </span>
            <span>{t('orders.n', { n: like.orders })}</span>
            {may('customers.merge') && (
              <Button variant="default" size="xs" onClick={() => setOther(like.id)}>
                {t('merge')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {other !== undefined && <Merge one={customer.id} other={other} onClose={() => setOther(undefined)} />}
    </Panel>
  );
}

/** Compares two customers and makes them one; which of them stays is chosen here. */
export function Merge(props: { one: string; other: string; onClose: () => void }) {
  const t = useCustomerTexts();
  const navigate = useNavigate();
  const [stays, setStays] = useState(props.one);
  const both = useQuery({
    queryKey: ['customers', props.one, props.other, 'both'],
    queryFn: async () => {
      const one = (id: string) => ok(api.GET('/api/customers/{id}', { params: { path: { id } } }));
      const [first, second] = await Promise.all([one(props.one), one(props.other)]);
      return { first, second };
    },
  });
  const merge = useCommand({
    run: ({ keep, drop }: { keep: Customer; drop: Customer }) =>
      ok(
        api.POST('/api/customers/{id}/merge', {
          params: { path: { id: keep.id }, header: ifMatch(keep.version) },
          body: { other: drop.id, other_version: drop.version },
        }),
      ),
    touches: [['customers'], ['contact'], ['orders']],
    onDone: (merged) => {
      toast('good', t('merge.done', { name: merged.name }));
      props.onClose();
      void navigate({ to: paths.customer(merged.id) });
    },
  });
  const send = () => {
    if (both.data === undefined) return;
    const { first, second } = both.data;
    merge.mutate(stays === first.id ? { keep: first, drop: second } : { keep: second, drop: first });
  };
  return (
    <Confirm
      isOpen
      onClose={props.onClose}
      title={t('merge.title')}
      action={t('merge')}
      isDangerous
      isRunning={merge.isPending}
      isDisabled={both.data === undefined}
      error={merge.error}
      onConfirm={send}
    >
      <Text size="sm">{t('merge.text')}</Text>
      <Show query={both}>
        {({ first, second }) => (
          <Radio.Group value={stays} onChange={setStays} label={t('merge.stays')}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th />
                  {[first, second].map((each) => (
                    <Table.Th key={each.id}>
                      <Radio value={each.id} label={each.name} />
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                <Row label={t('phone')} first={first.phone} second={second.phone} />
                <Row label={t('email')} first={first.email} second={second.email} />
                <Row label={t('addresses')} first={placeOf(first)} second={placeOf(second)} />
                <Row label={t('orders')} first={first.orders} second={second.orders} />
                <Row label={t('notes')} first={first.notes.length} second={second.notes.length} />
                <Row
                  label={t('advertise')}
                  first={t(first.may_advertise ? 'advertise.yes' : 'advertise.no')}
                  second={t(second.may_advertise ? 'advertise.yes' : 'advertise.no')}
                />
              </Table.Tbody>
            </Table>
          </Radio.Group>
        )}
      </Show>
    </Confirm>
  );
}

function placeOf(customer: Customer): string {
  const [first] = customer.addresses;
  return first === undefined ? '' : [...first.lines, first.city].filter(Boolean).join(', ');
}

function Row(props: {
  label: string;
  first: string | number | null | undefined;
  second: string | number | null | undefined;
}) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        <span className="soft">{props.label}</span>
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{props.first ?? '–'}</Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{props.second ?? '–'}</Table.Td>
    </Table.Tr>
  );
}
