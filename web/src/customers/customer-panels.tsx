// What a customer agreed to and what the staff noted. Neither is ever changed: another entry says what holds now.
import { Button, Group, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { SideForm } from '../kit/dialogs.tsx';
import { ProblemView } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { usePeople } from '../session/people.ts';
import { useCustomerTexts } from './texts.ts';

type Customer = Schemas['CustomerView'];
const ADVERTISING = 'advertising';

export function Consents({ customer, canNote }: { customer: Customer; canNote: boolean }) {
  const t = useCustomerTexts();
  const name = usePeople();
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel
      title={t('consents')}
      actions={
        canNote && (
          <Button variant="default" size="xs" onClick={() => setOpen(true)}>
            {t('consent.note')}
          </Button>
        )
      }
    >
      <Stack gap="xs">
        <div>
          {t('advertise')}:{' '}
          <Status tone={customer.may_advertise ? 'good' : 'neutral'}>
            {t(customer.may_advertise ? 'advertise.yes' : 'advertise.no')}
          </Status>
        </div>
        {customer.consents.map((consent) => (
          <div key={`${consent.at} ${consent.purpose}`}>
            <Text size="sm">
              {consent.purpose === ADVERTISING ? t('advertise') : consent.purpose}:{' '}
              {t(consent.given ? 'consent.given' : 'consent.taken')} – {consent.how}
            </Text>
            <Text size="xs" c="dimmed">
              {name(consent.by)} · <When at={consent.at} />
            </Text>
          </div>
        ))}
      </Stack>
      {isOpen && <NoteConsent customer={customer} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function NoteConsent({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const t = useCustomerTexts();
  const [given, setGiven] = useState(!customer.may_advertise);
  const [how, setHow] = useState('');
  const note = useCommand({
    run: (body: Schemas['NoteConsent'], key) =>
      ok(
        api.POST('/api/customers/{id}/consents', {
          params: { path: { id: customer.id }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    touches: [['customers']],
    onDone: () => {
      toast('good', t('consent.kept'));
      onClose();
    },
  });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('consent.note')}
      action={t('consent.keep')}
      isRunning={note.isPending}
      isDisabled={how.trim() === ''}
      error={note.error}
      onSubmit={() => note.mutate({ purpose: ADVERTISING, given, how: how.trim() })}
    >
      <Radio.Group label={t('consent.about')} value={String(given)} onChange={(value) => setGiven(value === 'true')}>
        <Stack gap="xs" mt="xs">
          <Radio value="true" label={t('consent.yes')} />
          <Radio value="false" label={t('consent.no')} />
        </Stack>
      </Radio.Group>
      <TextInput
        label={t('consent.how')}
        placeholder={t('consent.how.example')}
        value={how}
        maxLength={200}
        required
        data-autofocus
        onChange={(event) => setHow(event.currentTarget.value)}
      />
    </SideForm>
  );
}

export function Notes({ customer, canNote }: { customer: Customer; canNote: boolean }) {
  const t = useCustomerTexts();
  const name = usePeople();
  const [text, setText] = useState('');
  const add = useCommand({
    run: (note: string, key) =>
      ok(
        api.POST('/api/customers/{id}/notes', {
          params: { path: { id: customer.id }, header: { 'Idempotency-Key': key } },
          body: { text: note },
        }),
      ),
    touches: [['customers']],
    onDone: () => {
      setText('');
      toast('good', t('note.kept'));
    },
  });
  return (
    <Panel title={t('notes')}>
      <Stack gap="xs">
        {customer.notes.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('notes.none')}
          </Text>
        )}
        {customer.notes.map((note) => (
          <div key={`${note.at} ${note.text}`}>
            <Text size="sm">{note.text}</Text>
            <Text size="xs" c="dimmed">
              {name(note.by)} · <When at={note.at} />
            </Text>
          </div>
        ))}
        {canNote && (
          <Textarea
            label={t('note.add')}
            value={text}
            maxLength={1000}
            autosize
            minRows={1}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        {text.trim() !== '' && (
          <Group justify="flex-end">
            <Button size="xs" variant="default" loading={add.isPending} onClick={() => add.mutate(text.trim())}>
              {t('note.save')}
            </Button>
          </Group>
        )}
        {add.error !== null && <ProblemView error={add.error} />}
      </Stack>
    </Panel>
  );
}
