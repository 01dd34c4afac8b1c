// What is known of a customer, corrected. What stands in no field here stays as it was.
import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { useCustomerTexts } from './texts.ts';

type Customer = Schemas['CustomerView'];

export function EditCustomer({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const t = useCustomerTexts();
  const [form, setForm] = useState({
    name: customer.name,
    phone: customer.phone ?? '',
    email: customer.email ?? '',
    language: customer.language,
    status: customer.status === 'blocked' ? ('blocked' as const) : ('active' as const),
  });
  const change = useCommand({
    run: (typed: typeof form) => {
      const { addresses, refs, tags, fields } = customer;
      const reach = (text: string) => (text.trim() === '' ? null : text.trim());
      return ok(
        api.PUT('/api/customers/{id}', {
          params: { path: { id: customer.id }, header: ifMatch(customer.version) },
          body: { ...typed, phone: reach(typed.phone), email: reach(typed.email), addresses, refs, tags, fields },
        }),
      );
    },
    touches: [['customers']],
    onDone: () => {
      toast('good', t('edit.kept'));
      onClose();
    },
  });
  const field = (name: 'name' | 'phone' | 'email') => (
    <TextInput
      label={t(name)}
      value={form[name]}
      required={name === 'name'}
      type={name === 'phone' ? 'tel' : name === 'email' ? 'email' : 'text'}
      {...(name === 'name' ? { 'data-autofocus': true } : {})}
      onChange={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
    />
  );
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('edit')}
      isRunning={change.isPending}
      isDisabled={form.name.trim() === ''}
      error={change.error}
      onSubmit={() => change.mutate(form)}
    >
      {field('name')}
      {field('phone')}
      {field('email')}
      <Select
        label={t('language')}
        data={[
          { value: 'uk', label: t('language.uk') },
          { value: 'en', label: t('language.en') },
        ]}
        value={form.language}
        allowDeselect={false}
        onChange={(language) => language !== null && setForm({ ...form, language })}
      />
      <Select
        label={t('status')}
        data={[
          { value: 'active', label: t('active') },
          { value: 'blocked', label: t('blocked') },
        ]}
        value={form.status}
        allowDeselect={false}
        onChange={(status) => status !== null && setForm({ ...form, status })}
      />
    </SideForm>
  );
}
