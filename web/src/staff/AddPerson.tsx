// Somebody new: name, login, a first password, roles.
import { TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { PasswordField } from './PasswordField.tsx';
import { RolesField } from './RolesField.tsx';
import { useStaffTexts } from './texts.ts';

const NOBODY: Schemas['AddPerson'] = { name: '', login: '', password: '', roles: [] };

export function AddPerson({ onClose }: { onClose: () => void }) {
  const t = useStaffTexts();
  const navigate = useNavigate();
  const [person, setPerson] = useState(NOBODY);
  const add = useCommand({
    run: (body: Schemas['AddPerson'], key) =>
      ok(
        api.POST('/api/staff/people', {
          params: { header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    touches: [['staff']],
    onDone: (added) => {
      toast('good', t('added', { name: added.name }));
      onClose();
      void navigate({ to: paths.person(added.id) });
    },
  });
  const set = (change: Partial<Schemas['AddPerson']>) => setPerson({ ...person, ...change });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('add')}
      action={t('add')}
      isRunning={add.isPending}
      error={add.error}
      onSubmit={() => add.mutate(person)}
    >
      <TextInput
        label={t('name')}
        value={person.name}
        required
        autoComplete="off"
        data-autofocus
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t('login')}
        description={t('login.hint')}
        value={person.login}
        required
        autoComplete="off"
        inputMode="email"
        onChange={(event) => set({ login: event.currentTarget.value.trim() })}
      />
      <PasswordField value={person.password} onChange={(password) => set({ password })} />
      <RolesField value={person.roles} onChange={(roles) => set({ roles })} />
    </SideForm>
  );
}
