// A version in the making: what is wrong with it, what it changes, why; saved as a draft.
import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { asProblem } from '../api/problem.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import type { Draft } from './DecisionPage.tsx';
import { Differences } from './Differences.tsx';
import { differences } from './difference.ts';
import type { Shown } from './dmn.ts';
import classes from './rules.module.css';
import { useRuleTexts } from './texts.ts';

export interface NewVersionProps {
  decision: Schemas['DecisionView'];
  draft: Draft;
  before: Shown | undefined;
  now: Shown | undefined;
  onDrop: () => void;
  onSaved: (version: number) => void;
}

const PAUSE_MS = 400;

export function NewVersion({ decision, draft, before, now, onDrop, onSaved }: NewVersionProps) {
  const t = useRuleTexts();
  const [note, setNote] = useState('');
  const [xml] = useDebouncedValue(draft.xml, PAUSE_MS);
  const check = useQuery({
    queryKey: ['rules', 'check', xml],
    queryFn: async () => (await ok(api.POST('/api/rules/check', { body: { xml } }))).faults,
    placeholderData: (earlier) => earlier,
    staleTime: Infinity,
    meta: { live: [] },
  });
  const isSame = before !== undefined && now !== undefined && differences(before, now).length === 0;
  const save = useCommand({
    run: (body: Schemas['AddVersion'], key) =>
      ok(
        api.POST('/api/rules/decisions/{key}/versions', {
          params: { path: { key: decision.key }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    touches: [['rules']],
    onDone: (saved) => {
      toast('good', t('draft.saved', { n: saved.latest }));
      onSaved(saved.latest);
    },
  });
  const more = asProblem(save.error)['faults'];
  return (
    <Panel title={t('compare', { n: decision.in_force ?? 0 })}>
      <Stack gap="md">
        {before !== undefined && now !== undefined && <Differences before={before} now={now} />}
        <Show query={check} rows={1}>
          {(faults) =>
            faults.length === 0 ? (
              <div>
                <Status tone="good">{t('draft.sound')}</Status>
              </div>
            ) : (
              <Faults of={faults} />
            )
          }
        </Show>
        {isSame && (
          <div>
            <Status tone="neutral">{t('draft.same')}</Status>
          </div>
        )}
        <Textarea
          label={t('draft.note')}
          description={t('draft.note.hint')}
          value={note}
          maxLength={500}
          autosize
          minRows={2}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {save.error !== null && <ProblemView error={save.error} />}
        {Array.isArray(more) && <Faults of={more as Schemas['DecisionFault'][]} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDrop}>
            {t('draft.drop')}
          </Button>
          <Button
            loading={save.isPending}
            disabled={isSame || xml !== draft.xml || check.data === undefined || check.data.length > 0}
            onClick={() => save.mutate({ xml: draft.xml, note })}
          >
            {t('draft.save')}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

function Faults({ of }: { of: readonly Schemas['DecisionFault'][] }) {
  const t = useRuleTexts();
  return (
    <div role="alert">
      <Status tone="bad">{t('draft.faults')}</Status>
      <ul className={classes['list']}>
        {of.map(({ line, column, text }) => (
          <li key={`${String(line)} ${String(column)} ${text}`}>{t('draft.fault', { line, column, text })}</li>
        ))}
      </ul>
    </div>
  );
}
