// A drawing that may come into use: what is wrong with it and where, what it changes, its deadlines.
import { Button, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { Loading, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { paths } from '../paths.ts';
import { differences, procedure, withParameter, type Procedure } from './bpmn.ts';
import { DeadlineField } from './Deadline.tsx';
import { Deploy } from './Deploy.tsx';
import { Differences } from './Differences.tsx';
import classes from './processes.module.css';
import { useProcessTexts } from './texts.ts';

const Diagram = lazy(async () => ({ default: (await import('../kit/Diagram.tsx')).Diagram }));
const Drawing = lazy(async () => ({ default: (await import('./Drawing.tsx')).Drawing }));
const PAUSE_MS = 400;

export interface Draft {
  xml: string;
  /** The version in use when it was begun, or that was looked at since. */
  upon: number;
  file?: string;
  /** It is drawn here, by hand. */
  isDrawn?: boolean;
}

export interface NewVersionProps {
  draft: Draft;
  before: Procedure | undefined;
  active: Schemas['DefinitionView'];
  /** Procedures under way. */
  open: number;
  onChange: (draft: Draft) => void;
  onDone: () => void;
}

export function NewVersion({ draft, before, active, open, onChange, onDone }: NewVersionProps) {
  const t = useProcessTexts();
  const [isAsking, setAsking] = useState(false);
  const [xml] = useDebouncedValue(draft.xml, PAUSE_MS);
  const now = useMemo(() => procedure(draft.xml), [draft.xml]);
  // The drawing itself does not change with a deadline: it is drawn once.
  const [drawn] = useState(draft.xml);
  const check = useQuery({
    queryKey: ['processes', 'check', xml],
    queryFn: async () => (await ok(api.POST('/api/processes/definitions/check', { body: { xml } }))).faults,
    placeholderData: (earlier) => earlier,
    staleTime: Infinity,
    meta: { live: [] },
  });
  const faulty = useMemo(() => check.data?.map(({ element }) => element) ?? [], [check.data]);
  const isSame = before !== undefined && now?.key === before.key && differences(before, now).length === 0;
  const parameters = [...(now?.parameters ?? [])];
  const isOurs = now?.key === active.key;
  const isLate = isOurs && draft.upon !== active.number;
  return (
    <DetailPage
      title={`${active.name}: ${t('draft')}`}
      back={{ to: paths.procedures, label: t('title') }}
      status={draft.file !== undefined && <span className="soft">{t('draft.file', { file: draft.file })}</span>}
      actions={
        <>
          <Button variant="default" onClick={onDone}>
            {t('drop')}
          </Button>
          <Button
            disabled={xml !== draft.xml || check.data === undefined || check.data.length > 0 || isSame || isLate}
            onClick={() => setAsking(true)}
          >
            {t('deploy')}
          </Button>
        </>
      }
      {...(parameters.length === 0 || draft.isDrawn === true
        ? {}
        : {
            side: (
              <Panel title={t('deadlines')}>
                <Stack gap="sm">
                  {parameters.map(([name, value]) => (
                    <DeadlineField
                      key={name}
                      name={name}
                      value={value}
                      onChange={(next) => onChange({ ...draft, xml: withParameter(draft.xml, name, next) })}
                    />
                  ))}
                </Stack>
              </Panel>
            ),
          })}
    >
      {isLate && (
        <Panel title={t('late', { n: active.number })}>
          <Stack gap="sm" align="flex-start" role="alert">
            <Text size="sm">{t('late.text')}</Text>
            <Button variant="default" onClick={() => onChange({ ...draft, upon: active.number })}>
              {t('late.seen')}
            </Button>
          </Stack>
        </Panel>
      )}
      <Panel title={t('compare', { n: active.number })}>
        <Stack gap="md">
          <Show query={check} rows={1}>
            {(faults) =>
              faults.length === 0 ? (
                <div>
                  <Status tone="good">{t('sound')}</Status>
                </div>
              ) : (
                <Faults of={faults} names={now} />
              )
            }
          </Show>
          {before !== undefined && now !== undefined && <Differences before={before} now={now} />}
        </Stack>
      </Panel>
      <Panel title={t('diagram')}>
        <Suspense fallback={<Loading rows={8} />}>
          {draft.isDrawn === true ? (
            <Drawing
              xml={drawn}
              label={t('diagram.label', { name: active.name })}
              onChange={(next) => onChange({ ...draft, xml: next })}
            />
          ) : (
            <Diagram
              xml={drawn}
              label={t('diagram.label', { name: active.name })}
              marks={{ visited: [], waiting: [], stuck: faulty }}
            />
          )}
        </Suspense>
      </Panel>
      {isAsking && (
        <Deploy
          xml={draft.xml}
          upon={isOurs ? draft.upon : undefined}
          title={t('deploy')}
          text={t('deploy.text', { n: open })}
          onClose={() => setAsking(false)}
          onDone={onDone}
        />
      )}
    </DetailPage>
  );
}

function Faults({ of, names }: { of: readonly Schemas['DiagramFault'][]; names: Procedure | undefined }) {
  const t = useProcessTexts();
  return (
    <div role="alert">
      <Status tone="bad">{t('faults')}</Status>
      <ul className={classes['list']}>
        {of.map(({ element, line, message, hint }, at) => {
          const name = names?.elements.get(element)?.name || element;
          return (
            <li key={at}>
              {name === '' ? t('fault.line', { line, message }) : t('fault', { line, element: `“${name}”`, message })}
              {hint != null && <div className={classes['soft']}>{hint}</div>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
