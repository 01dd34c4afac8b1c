// One's own password, changed with the present one.
import { PasswordInput, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { useShellTexts } from './texts.ts';

const LEAST = 10;

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const t = useShellTexts();
  const [old, setOld] = useState('');
  const [wanted, setWanted] = useState('');
  const [again, setAgain] = useState('');
  const isOther = again !== '' && again !== wanted;
  const isWhole = old !== '' && wanted.length >= LEAST && again === wanted;
  const change = useCommand({
    run: (body: Schemas['ChangePassword']) => ok(api.POST('/api/staff/me/password', { body })),
    onDone: () => {
      toast('good', t('password.done'));
      onClose();
    },
  });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('password')}
      action={t('password')}
      isRunning={change.isPending}
      isDisabled={!isWhole}
      error={change.error}
      onSubmit={() => isWhole && change.mutate({ old, new: wanted })}
    >
      <Text size="sm" c="dimmed">
        {t('password.text')}
      </Text>
      <PasswordInput
        label={t('password.old')}
        value={old}
        autoComplete="current-password"
        required
        onChange={(event) => setOld(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('password.new')}
        description={t('password.hint')}
        value={wanted}
        minLength={LEAST}
        maxLength={200}
        autoComplete="new-password"
        required
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('password.again')}
        value={again}
        error={isOther && t('password.differs')}
        autoComplete="new-password"
        required
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
    </SideForm>
  );
}
