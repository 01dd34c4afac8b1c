// Asking before something that cannot be taken back, and forms at the side of the page they belong to.
import { Button, Drawer, Group, Modal, Stack } from '@mantine/core';
import { useRef, type ReactNode, type SubmitEvent } from 'react';
import classes from './dialogs.module.css';
import { Keys, useShortcut } from './shortcuts.tsx';
import { ProblemView } from './states.tsx';
import { useKitTexts } from './texts.ts';

export interface ConfirmProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and what the way back is. May hold fields, e.g. a reason. */
  children?: ReactNode;
  /** The verb on the button: never "OK". */
  action: string;
  isDangerous?: boolean;
  isRunning?: boolean;
  isDisabled?: boolean;
  error?: unknown;
  onConfirm: () => void;
}

export function Confirm(props: ConfirmProps) {
  const t = useKitTexts();
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady(props)) props.onConfirm();
        }}
      >
        <Stack gap="md">
          {props.children}
          {props.error !== undefined && props.error !== null && <ProblemView error={props.error} />}
          <Group justify="flex-end" className={classes['answers'] ?? ''}>
            {/* What cannot be taken back is not one key away. */}
            <Button
              variant="default"
              onClick={props.onClose}
              {...(props.isDangerous === true ? { 'data-autofocus': true } : {})}
            >
              {t('back')}
            </Button>
            <Button
              type="submit"
              {...(props.isDangerous === true ? {} : { 'data-autofocus': true })}
              loading={props.isRunning ?? false}
              disabled={props.isDisabled ?? false}
              {...(props.isDangerous === true ? { color: 'bad' } : {})}
            >
              {props.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What its button cannot do, no key does either. */
function isReady(props: { isDisabled?: boolean; isRunning?: boolean }): boolean {
  return props.isDisabled !== true && props.isRunning !== true;
}

export interface SideFormProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** The verb on the button; "Save" when absent. */
  action?: string;
  isRunning?: boolean;
  isDisabled?: boolean;
  error?: unknown;
  onSubmit: () => void;
  children: ReactNode;
}

/** A form that slides in; Ctrl+Enter sends it, Escape leaves. */
export function SideForm(props: SideFormProps) {
  const t = useKitTexts();
  const form = useRef<HTMLFormElement>(null);
  const send = () => form.current?.requestSubmit();
  useShortcut('mod+Enter', props.action ?? t('save'), send, props.isOpen && isReady(props));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isReady(props)) props.onSubmit();
  };
  return (
    <Drawer
      opened={props.isOpen}
      onClose={props.onClose}
      position="right"
      size="md"
      title={props.title}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form ref={form} onSubmit={submit}>
        <Stack gap="md">
          {props.children}
          {props.error !== undefined && props.error !== null && <ProblemView error={props.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={props.isRunning ?? false} disabled={props.isDisabled ?? false}>
              {props.action ?? t('save')}
              <Keys keys="mod+Enter" />
            </Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  );
}
