// What the law gives a customer: a copy of all that is known of them, and to be forgotten. The latter cannot be undone, so it wants
// to be meant.
import { Checkbox, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Confirm } from '../kit/dialogs.tsx';
import { refused } from '../kit/refusals.ts';
import { toast } from '../kit/toast.tsx';
import { language } from '../texts/language.ts';
import { useCustomerTexts } from './texts.ts';

type Customer = Schemas['CustomerView'];

/** Saves all that is known of a customer as a file. */
export async function exportCustomer({ id }: Customer): Promise<void> {
  try {
    const all = {
      ...(await ok(api.GET('/api/customers/{id}/export', { params: { path: { id } } }))),
      ...(await ordersOf(id)),
    };
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([JSON.stringify(all, undefined, 2)], { type: 'application/json' }));
    link.download = `${id}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    toast('bad', refused(error, language()));
  }
}

/** All orders of a customer, page by page. */
async function ordersOf(id: string): Promise<Pick<Schemas['ExportedOrders'], 'orders' | 'sheets'>> {
  const all: Schemas['ExportedOrders'] = { orders: [], sheets: [] };
  let after: string | null | undefined;
  do {
    const query = after == null ? {} : { after };
    const page = await ok(api.GET('/api/customers/{id}/export/orders', { params: { path: { id }, query } }));
    all.orders.push(...page.orders);
    all.sheets.push(...page.sheets);
    after = page.next;
  } while (after != null);
  return all;
}

export function EraseCustomer({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const t = useCustomerTexts();
  const [isMeant, setMeant] = useState(false);
  const erase = useCommand({
    run: () =>
      ok(
        api.POST('/api/customers/{id}/erase', {
          params: { path: { id: customer.id }, header: ifMatch(customer.version) },
        }),
      ),
    touches: [['customers'], ['orders'], ['contact']],
    onDone: () => {
      toast('good', t('erase.done'));
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t('erase.title', { name: customer.name })}
      action={t('erase')}
      isDangerous
      isRunning={erase.isPending}
      isDisabled={!isMeant}
      error={erase.error}
      onConfirm={() => erase.mutate(undefined)}
    >
      <Text size="sm">{t('erase.text')}</Text>
      <Text size="sm">{t('erase.kept')}</Text>
      <Checkbox
        label={t('erase.meant')}
        checked={isMeant}
        onChange={(event) => setMeant(event.currentTarget.checked)}
      />
    </Confirm>
  );
}
