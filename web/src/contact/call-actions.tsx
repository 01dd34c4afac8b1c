// What an agent does with a call: note how it went, confirm, put off, cancel, give back. Every one has a key.
import { Button, Checkbox, Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Confirm, SideForm } from '../kit/dialogs.tsx';
import { ClockInput, useClockNote } from '../kit/moment.tsx';
import { refused } from '../kit/refusals.ts';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { ProblemView } from '../kit/states.tsx';
import { toast } from '../kit/toast.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useCompanyClock } from '../session/company.ts';
import { clockIn, instantIn, isInstant, midnightIn } from '../texts/format.ts';
import { language } from '../texts/language.ts';
import classes from './contact.module.css';
import { useContactTexts } from './texts.ts';

type Call = Schemas['CallView'];
const ATTEMPTS = ['reached', 'no_answer', 'busy', 'wrong_number'] as const;
const REASONS = ['customer', 'unreachable', 'fraud', 'stock', 'other'] as const;
const TOUCHED = [['contact'], ['orders']] as const;

export function Attempts({ call }: { call: Call }) {
  const t = useContactTexts();
  const attempt = useCommand({
    run: (outcome: (typeof ATTEMPTS)[number], key) =>
      ok(
        api.POST('/api/contact/calls/{id}/attempts', {
          params: { path: { id: call.id }, header: { 'Idempotency-Key': key } },
          body: { outcome },
        }),
      ),
    touches: [['contact']],
    onDone: (_, outcome) => toast('good', t('attempt.kept', { outcome: t(outcome) })),
  });
  useShortcut('1', t('reached'), () => attempt.mutate('reached'), call.yours);
  useShortcut('2', t('no_answer'), () => attempt.mutate('no_answer'), call.yours);
  useShortcut('3', t('busy'), () => attempt.mutate('busy'), call.yours);
  useShortcut('4', t('wrong_number'), () => attempt.mutate('wrong_number'), call.yours);
  return (
    <Stack gap="xs">
      <Text size="sm">{t('attempt')}</Text>
      <div className={classes['outcomes']}>
        {ATTEMPTS.map((outcome, at) => (
          <Button
            key={outcome}
            variant="default"
            disabled={!call.yours}
            loading={attempt.isPending && attempt.variables === outcome}
            onClick={() => attempt.mutate(outcome)}
          >
            {t(outcome)}
            <Keys keys={String(at + 1)} />
          </Button>
        ))}
      </div>
      {attempt.error !== null && <ProblemView error={attempt.error} />}
    </Stack>
  );
}

/** Ends a call and goes back to the queue. */
function useEnding(said: string) {
  const navigate = useNavigate();
  return () => {
    toast('good', said);
    void navigate({ to: paths.contact });
  };
}

export function ConfirmCall({ call }: { call: Call }) {
  const t = useContactTexts();
  const number = call.number ?? '';
  const isConfirm = call.why === 'confirm';
  const ended = useEnding(t(isConfirm ? 'confirmed' : 'resolved', { number }));
  const confirm = useCommand({
    run: () =>
      isConfirm
        ? ok(api.POST('/api/contact/calls/{id}/confirm', { params: { path: { id: call.id } } }))
        : ok(api.POST('/api/contact/calls/{id}/resolve', { params: { path: { id: call.id } } })),
    touches: TOUCHED,
    onDone: ended,
  });
  const label = t(isConfirm ? 'confirm' : 'resolve');
  useShortcut('c', label, () => confirm.mutate(undefined), call.yours);
  return (
    <>
      <Button disabled={!call.yours} loading={confirm.isPending} onClick={() => confirm.mutate(undefined)}>
        {label}
        <Keys keys="c" />
      </Button>
      {confirm.error !== null && (
        <div style={{ flexBasis: '100%' }}>
          <ProblemView error={confirm.error} />
        </div>
      )}
    </>
  );
}

/** Puts the call back into the queue for somebody else. */
export function GiveBack({ call }: { call: Call }) {
  const t = useContactTexts();
  const ended = useEnding(t('released'));
  const release = useCommand({
    run: () => ok(api.POST('/api/contact/calls/{id}/release', { params: { path: { id: call.id } } })),
    touches: [['contact']],
    onDone: ended,
    onRefused: (error) => toast('bad', refused(error, language())),
  });
  useShortcut('b', t('release'), () => release.mutate(undefined), call.yours);
  if (!call.yours) return null;
  return (
    <Button variant="subtle" size="xs" loading={release.isPending} onClick={() => release.mutate(undefined)}>
      {t('release')}
      <Keys keys="b" />
    </Button>
  );
}

export function CancelCall({ call }: { call: Call }) {
  const t = useContactTexts();
  const kit = useKitTexts();
  const [isOpen, setOpen] = useState(false);
  const suggested = REASONS.find((reason) => reason === call.suggestion?.cancel_as);
  const [reason, setReason] = useState<(typeof REASONS)[number]>(suggested ?? 'customer');
  const ended = useEnding(t('cancelled', { number: call.number ?? '' }));
  const cancel = useCommand({
    run: (why: string) =>
      ok(api.POST('/api/contact/calls/{id}/cancel', { params: { path: { id: call.id } }, body: { reason: why } })),
    touches: TOUCHED,
    onDone: ended,
  });
  useShortcut('x', t('cancel'), () => setOpen(true), call.yours);
  return (
    <>
      <Button variant="default" disabled={!call.yours} onClick={() => setOpen(true)}>
        {t('cancel')}
        <Keys keys="x" />
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('cancel')}
        action={t('cancel')}
        isDangerous
        isRunning={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(reason)}
      >
        <Text size="sm">{t('cancel.text')}</Text>
        <Select
          label={t('cancel.reason')}
          data={REASONS.map((value) => ({ value, label: kit(`cancelled.${value}`) }))}
          value={reason}
          allowDeselect={false}
          onChange={(value) => value !== null && setReason(value)}
          data-autofocus
        />
      </Confirm>
    </>
  );
}

const MINUTE_MS = 60_000;
const [MIDNIGHT, MORNING] = ['T00:00', 'T10:00'] as const;

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS);

export function CallLater({ call }: { call: Call }) {
  const t = useContactTexts();
  const clock = useCompanyClock();
  const clockNote = useClockNote();
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState('');
  const [reason, setReason] = useState<'asked' | 'no_answer' | 'busy' | 'other'>('asked');
  const [note, setNote] = useState('');
  const [toMe, setToMe] = useState(true);
  const ended = useEnding(t('later.kept'));
  const later = useCommand({
    run: (body: Schemas['SetCallback']) =>
      ok(api.POST('/api/contact/calls/{id}/callback', { params: { path: { id: call.id } }, body })),
    touches: [['contact']],
    onDone: ended,
  });
  const open = () => {
    const last = call.last_attempt?.outcome;
    setAt(clockIn(call.next_callback_at != null ? new Date(call.next_callback_at) : inMinutes(30), clock.zone));
    setReason(last === 'no_answer' || last === 'busy' ? last : 'asked');
    setOpen(true);
  };
  useShortcut('l', t('later'), open, call.yours);
  const quick = [
    { label: t('in.30'), at: () => clockIn(inMinutes(30), clock.zone) },
    { label: t('in.120'), at: () => clockIn(inMinutes(120), clock.zone) },
    { label: t('in.tomorrow'), at: () => midnightIn(1, clock.zone).replace(MIDNIGHT, MORNING) },
  ];
  return (
    <>
      <Button variant="default" disabled={!call.yours} onClick={open}>
        {t('later')}
        <Keys keys="l" />
      </Button>
      <SideForm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('later')}
        action={t('later')}
        isRunning={later.isPending}
        isDisabled={!clock.isKnown || !isInstant(at, clock.zone)}
        error={later.error}
        onSubmit={() =>
          later.mutate({
            at: instantIn(at, clock.zone).toISOString(),
            reason,
            to_me: toMe,
            ...(note.trim() === '' ? {} : { note: note.trim() }),
          })
        }
      >
        <Group gap="xs">
          {quick.map((each) => (
            <Button key={each.label} variant="default" size="xs" onClick={() => setAt(each.at())}>
              {each.label}
            </Button>
          ))}
        </Group>
        <ClockInput
          label={t('later.at')}
          description={clockNote(clock)}
          value={at}
          onChange={(event) => setAt(event.currentTarget.value)}
          required
          data-autofocus
        />
        <Select
          label={t('later.reason')}
          data={[
            { value: 'asked', label: t('later.asked') },
            { value: 'no_answer', label: t('no_answer') },
            { value: 'busy', label: t('busy') },
            { value: 'other', label: t('later.other') },
          ]}
          value={reason}
          allowDeselect={false}
          onChange={(value) => value !== null && setReason(value)}
        />
        <Textarea
          label={t('later.note')}
          value={note}
          maxLength={500}
          autosize
          minRows={2}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Checkbox label={t('later.me')} checked={toMe} onChange={(event) => setToMe(event.currentTarget.checked)} />
      </SideForm>
    </>
  );
}
