// Who the retailer is, as it stands on documents.
import { Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { useStaffTexts } from './texts.ts';

type Draft = Pick<Schemas['CompanyView'], 'name' | 'address' | 'tax_number' | 'currency' | 'zone' | 'country'>;

const NEW: Draft & { version: number } = {
  version: 0,
  name: '',
  address: [],
  tax_number: '',
  currency: 'EUR',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  country: null,
};

export function Company({ onClose }: { onClose: () => void }) {
  const query = useQuery({
    queryKey: ['staff', 'company'],
    queryFn: async () => {
      try {
        return await ok(api.GET('/api/staff/company'));
      } catch (error) {
        if (isProblem(error, 'kit/not-found')) return NEW;
        throw error;
      }
    },
    gcTime: 0,
  });
  if (query.data === undefined) return null;
  return <Form key={query.data.version} company={query.data} onClose={onClose} />;
}

function Form({ company, onClose }: { company: Draft & { version: number }; onClose: () => void }) {
  const t = useStaffTexts();
  const { name, address, tax_number, currency, zone, country = null } = company;
  const [draft, setDraft] = useState<Draft>({ name, address, tax_number, currency, zone, country });
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const save = useCommand({
    run: (body: Draft) => {
      const lines = body.address.map((line) => line.trim()).filter((line) => line !== '');
      const params = { header: ifMatch(company.version) };
      return ok(api.PUT('/api/staff/company', { params, body: { ...body, address: lines } }));
    },
    touches: [['staff'], ['finance']],
    onDone: () => {
      toast('good', t('company.saved'));
      onClose();
    },
  });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('company')}
      isRunning={save.isPending}
      isDisabled={draft.name.trim() === '' || (draft.country ?? 'UA').length !== 2}
      error={save.error}
      onSubmit={() => save.mutate(draft)}
    >
      <Text size="sm" c="dimmed">
        {t('company.text')}
      </Text>
      <TextInput
        label={t('company.name')}
        value={draft.name}
        maxLength={100}
        required
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Textarea
        label={t('site.address')}
        description={t('site.address.hint')}
        value={draft.address.join('\n')}
        autosize
        minRows={2}
        onChange={(event) => set({ address: event.currentTarget.value.split('\n') })}
      />
      <TextInput
        label={t('company.tax-number')}
        value={draft.tax_number}
        maxLength={40}
        onChange={(event) => set({ tax_number: event.currentTarget.value })}
      />
      <TextInput
        label={t('company.currency')}
        value={draft.currency}
        maxLength={3}
        required
        onChange={(event) => set({ currency: event.currentTarget.value.toUpperCase() })}
      />
      <TextInput
        label={t('company.zone')}
        value={draft.zone}
        required
        onChange={(event) => set({ zone: event.currentTarget.value })}
      />
      <TextInput
        label={t('company.country')}
        description={t('company.country.hint')}
        value={draft.country ?? ''}
        maxLength={2}
        onChange={(event) => {
          const code = event.currentTarget.value.replace(/[^a-z]/gi, '').toUpperCase();
          set({ country: code === '' ? null : code });
        }}
      />
    </SideForm>
  );
}
