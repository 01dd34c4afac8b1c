// What can be done to one of the staff; each change is decided on the version that was seen.
import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ifMatch, ok } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Confirm, SideForm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { PasswordField } from './PasswordField.tsx';
import type { Person, RoleAt } from './person.tsx';
import { RolesField } from './RolesField.tsx';
import { useStaffTexts } from './texts.ts';

export interface ActProps {
  person: Person;
  onClose: () => void;
}

/** Where a change goes, and the version that it is decided on. */
function at(person: Person) {
  const header = ifMatch(person.version);
  return { path: { id: person.id }, header };
}

export function ChangePerson({ person, onClose }: ActProps) {
  const t = useStaffTexts();
  const [name, setName] = useState(person.name);
  const [login, setLogin] = useState(person.login);
  const change = useCommand({
    run: (body: { name: string; login: string }) => ok(api.PUT('/api/staff/people/{id}', { params: at(person), body })),
    touches: [['staff']],
    onDone: () => {
      toast('good', t('changed', { name }));
      onClose();
    },
  });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('change')}
      isRunning={change.isPending}
      error={change.error}
      onSubmit={() => change.mutate({ name, login })}
    >
      <TextInput label={t('name')} value={name} required onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput
        label={t('login')}
        description={t('login.hint')}
        value={login}
        required
        onChange={(event) => setLogin(event.currentTarget.value.trim())}
      />
    </SideForm>
  );
}

export function ChangeRoles({ person, onClose }: ActProps) {
  const t = useStaffTexts();
  const [roles, setRoles] = useState<RoleAt[]>([...person.roles]);
  const change = useCommand({
    run: (given: RoleAt[]) =>
      ok(api.PUT('/api/staff/people/{id}/roles', { params: at(person), body: { roles: given } })),
    touches: [['staff']],
    onDone: () => {
      toast('good', t('roles.kept', { name: person.name }));
      onClose();
    },
  });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('roles.change')}
      isRunning={change.isPending}
      error={change.error}
      onSubmit={() => change.mutate(roles)}
    >
      <RolesField value={roles} onChange={setRoles} />
    </SideForm>
  );
}

export function SetPassword({ person, onClose }: ActProps) {
  const t = useStaffTexts();
  const [password, setPassword] = useState('');
  const set = useCommand({
    run: (text: string) =>
      ok(api.PUT('/api/staff/people/{id}/password', { params: at(person), body: { password: text } })),
    touches: [['staff']],
    onDone: () => {
      toast('good', t('reset.done', { name: person.name }));
      onClose();
    },
  });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('reset')}
      action={t('reset')}
      isRunning={set.isPending}
      error={set.error}
      onSubmit={() => set.mutate(password)}
    >
      <Text>{t('reset.text', { name: person.name })}</Text>
      <PasswordField value={password} onChange={setPassword} />
    </SideForm>
  );
}

type How = 'block' | 'unblock' | 'erase';
const DONE = { block: 'blocked', unblock: 'unblocked', erase: 'erased' } as const;

export function Lock({ how, person, onClose }: ActProps & { how: How }) {
  const t = useStaffTexts();
  const run = useCommand({
    run: (which: How) => {
      const options = { params: at(person) };
      if (which === 'block') return ok(api.POST('/api/staff/people/{id}/block', options));
      if (which === 'unblock') return ok(api.POST('/api/staff/people/{id}/unblock', options));
      return ok(api.POST('/api/staff/people/{id}/erase', options));
    },
    touches: [['staff']],
    onDone: () => {
      toast('good', t(DONE[how], { name: person.name }));
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t(how)}
      action={t(how)}
      isDangerous={how !== 'unblock'}
      isRunning={run.isPending}
      error={run.error}
      onConfirm={() => run.mutate(how)}
    >
      {t(`${how}.text`, { name: person.name })}
    </Confirm>
  );
}
