// A customer who is new here, taken down by an agent. Who has the same number or mail already is shown before a second one is made.
import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { LANGUAGES, useLanguage } from '../texts/language.ts';
import { SideForm } from './dialogs.tsx';
import { TextButton } from './TextButton.tsx';
import { useKitTexts } from './texts.ts';
import { toast } from './toast.tsx';

export type Known = Pick<Schemas['CustomerRow'], 'id' | 'name'>;

const TYPED_MS = 300;
/** A number shorter than this is somebody's everywhere. */
const DIGITS = 6;
const FIELDS = ['name', 'phone', 'email', 'street', 'postcode', 'city'] as const;
type Form = Record<(typeof FIELDS)[number] | 'language', string>;

export interface NewCustomerProps {
  /** What was looked for in vain: a name, a number or a mail address. */
  typed?: string;
  onClose: () => void;
  /** The new customer, or the one who was known already. */
  onDone: (customer: Known) => void;
}

export function NewCustomer({ typed = '', onClose, onDone }: NewCustomerProps) {
  const t = useKitTexts();
  const here = useLanguage();
  const [form, setForm] = useState<Form>(() => ({ ...begun(typed.trim()), language: here }));
  const reach = [form.phone, form.email].map((each) => each.trim());
  const [asked] = useDebouncedValue(
    reach.find((each, at) => (at === 0 ? isNumber(each) : each.includes('@'))),
    TYPED_MS,
  );
  const known = useQuery({
    queryKey: ['customers', 'known', asked],
    queryFn: async () =>
      (await ok(api.GET('/api/customers', { params: { query: { query: asked ?? '', limit: 3 } } }))).customers,
    enabled: asked !== undefined,
    meta: { live: [] },
  });
  const make = useCommand({
    run: (body: Schemas['SetCustomer'], key) =>
      ok(api.POST('/api/customers', { params: { header: { 'Idempotency-Key': key } }, body })),
    touches: [['customers']],
    onDone: (customer) => {
      toast('good', t('customer.made', { name: customer.name }));
      onDone(customer);
    },
  });
  const submit = () => {
    const { name, phone, email, street, postcode, city, language } = Object.fromEntries(
      Object.entries(form).map(([field, value]) => [field, value.trim()]),
    ) as Form;
    const address = { lines: street === '' ? [] : [street], postcode, city };
    const hasAddress = street !== '' || postcode !== '' || city !== '';
    make.mutate({
      name,
      language,
      ...(phone === '' ? {} : { phone }),
      ...(email === '' ? {} : { email }),
      ...(hasAddress ? { addresses: [given(address)] } : {}),
    });
  };
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('customer.new')}
      action={t('customer.make')}
      isRunning={make.isPending}
      isDisabled={form.name.trim() === '' || (reach[0] === '' && reach[1] === '')}
      error={make.error}
      onSubmit={submit}
    >
      {FIELDS.map((name) => (
        <TextInput
          key={name}
          label={t(`customer.${name}`)}
          {...(name === 'email' ? { description: t('customer.reach') } : {})}
          value={form[name]}
          required={name === 'name'}
          maxLength={200}
          autoComplete="off"
          type={name === 'phone' ? 'tel' : name === 'email' ? 'email' : 'text'}
          {...(name === 'name' ? { 'data-autofocus': true } : {})}
          onChange={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
        />
      ))}
      <Select
        label={t('customer.language')}
        data={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))}
        value={form.language}
        allowDeselect={false}
        onChange={(language) => language !== null && setForm({ ...form, language })}
      />
      {asked !== undefined && (known.data?.length ?? 0) > 0 && (
        <div role="status">
          <strong>{t('customer.known')}</strong>
          <ul>
            {known.data?.map((each) => (
              <li key={each.id}>
                <TextButton onClick={() => onDone(each)}>{each.name}</TextButton>{' '}
                <span className="soft">{[each.phone, each.email].filter((one) => one != null).join(', ')}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </SideForm>
  );
}

function isNumber(text: string): boolean {
  return text.replace(/\D/g, '').length >= DIGITS;
}

/** What was typed, in the field that it belongs to. */
function begun(typed: string): Omit<Form, 'language'> {
  const empty = { name: '', phone: '', email: '', street: '', postcode: '', city: '' };
  if (typed.includes('@')) return { ...empty, email: typed };
  return /^[\d\s()+-]{3,}$/.test(typed) ? { ...empty, phone: typed } : { ...empty, name: typed };
}

/** The address without what is empty. */
function given({ lines, postcode, city }: { lines: string[]; postcode: string; city: string }) {
  return { lines, ...(postcode === '' ? {} : { postcode }), ...(city === '' ? {} : { city }) };
}
