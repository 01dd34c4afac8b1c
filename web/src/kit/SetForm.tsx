// The form of one of several that are set as a whole: upon what was seen, and once somebody else was faster, upon theirs.
import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { isProblem } from '../api/problem.ts';
import { SideForm } from './dialogs.tsx';
import { NameFields } from './NameFields.tsx';

/**
 * What a form is saved upon: `seen` when it was opened, and after a refusal because somebody else was faster what is `fresh`, as soon as
 * that is read. `isTheirs` says that it is no longer what was seen.
 */
export function upon<Seen>(seen: Seen, fresh: Seen | undefined, error: unknown): { base: Seen; isTheirs: boolean } {
  const base = (isProblem(error, 'kit/stale') ? fresh : undefined) ?? seen;
  return { base, isTheirs: base !== seen };
}

export interface SetFormProps {
  title: string;
  save: { isPending: boolean; error: unknown };
  isReady: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A side form that is there as long as it is open. */
export function SetForm({ title, save, isReady, onSubmit, onClose, children }: SetFormProps) {
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={title}
      isRunning={save.isPending}
      isDisabled={!isReady}
      error={save.error}
      onSubmit={onSubmit}
    >
      {children}
    </SideForm>
  );
}

/** The main name, where the typing begins, and the names in other languages where the thing has such. */
export function NamesOf(props: {
  label: string;
  name: string;
  names?: Record<string, string> | undefined;
  /** Says what somebody else has made of the main name meanwhile, and of those in other languages. */
  theirs?: string | undefined;
  theirsIn?: (language: string) => string | undefined;
  onName: (name: string) => void;
  onNames?: (names: Record<string, string>) => void;
}) {
  return (
    <>
      <TextInput
        label={props.label}
        description={props.theirs}
        value={props.name}
        maxLength={LONGEST_NAME}
        required
        data-autofocus
        onChange={(event) => props.onName(event.currentTarget.value)}
      />
      {props.onNames !== undefined && (
        <NameFields
          names={props.names}
          longest={LONGEST_NAME}
          onChange={props.onNames}
          {...(props.theirsIn === undefined ? {} : { theirs: props.theirsIn })}
        />
      )}
    </>
  );
}

const LONGEST_NAME = 100;

/** What a new thing is called in other systems, for good. `taken`: said where another one has it. */
export function CodeOf(props: {
  label: string;
  hint: string;
  taken: string | false;
  code: string;
  onCode: (code: string) => void;
}) {
  return (
    <TextInput
      label={props.label}
      description={props.hint}
      error={props.taken}
      value={props.code}
      maxLength={40}
      required
      onChange={(event) => props.onCode(event.currentTarget.value)}
    />
  );
}
