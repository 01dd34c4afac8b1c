// What services have failed at again and again: events that cannot be taken, jobs that do not come to their end. Seen by who looks after the system.
import { Button, Code, Group, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { useIncidentTexts } from './texts.ts';

type Trouble = Schemas['Trouble'];
interface Of {
  service: string;
  trouble: Trouble;
}

/** No journal tells of troubles. */
const LOOK_MS = 5_000;

export function Troubles() {
  const t = useIncidentTexts();
  const [skipped, setSkipped] = useState<Of>();
  const [reason, setReason] = useState('');
  const query = useQuery({
    queryKey: ['gateway', 'troubles'],
    queryFn: () => ok(api.GET('/api/gateway/troubles/all')),
    refetchInterval: LOOK_MS,
  });
  const end = useCommand({
    run: (body: Schemas['MendTrouble']) => ok(api.POST('/api/gateway/troubles/end', { body })),
    touches: [['gateway', 'troubles']],
    onDone: (_, { skip }) => {
      setSkipped(undefined);
      setReason('');
      toast('good', t(skip == null ? 'trouble.tried' : 'trouble.skipped'));
    },
  });
  const found: Of[] = (query.data?.services ?? []).flatMap(({ service, troubles }) =>
    troubles.map((trouble) => ({ service, trouble })),
  );
  const silent = query.data?.silent ?? [];
  if (found.length === 0 && silent.length === 0) return null;
  return (
    <Panel title={t('troubles')}>
      <Stack gap="md">
        {silent.length > 0 && <Status tone="warning">{t('silent', { names: silent.join(', ') })}</Status>}
        {found.map(({ service, trouble }) => (
          <Stack key={`${service} ${trouble.id}`} gap={4}>
            <Group justify="space-between" gap="sm">
              <Text fw={600}>
                {trouble.what === 'event'
                  ? t('trouble.event', { service, source: trouble.source, name: trouble.name || '?' })
                  : t('trouble.job', { service, name: trouble.name, entity: trouble.entity })}
              </Text>
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="default"
                  loading={end.isPending}
                  onClick={() => end.mutate({ service, id: trouble.id })}
                >
                  {t('retry')}
                </Button>
                {trouble.what === 'event' && trouble.seq > 0 && (
                  <Button size="xs" variant="default" onClick={() => setSkipped({ service, trouble })}>
                    {t('trouble.skip')}
                  </Button>
                )}
              </Group>
            </Group>
            <Code block>{trouble.error}</Code>
            <Text size="sm" c="dimmed">
              {t('trouble.attempts', { n: trouble.attempts })} · {t('trouble.since')} <When at={trouble.since} />
              {trouble.seq > 0 && ` · ${trouble.source} ${String(trouble.seq)}`}
            </Text>
          </Stack>
        ))}
      </Stack>
      {skipped !== undefined && (
        <Confirm
          isOpen
          onClose={() => setSkipped(undefined)}
          title={t('trouble.skip')}
          action={t('trouble.skip')}
          isDangerous
          isRunning={end.isPending}
          isDisabled={reason.trim() === ''}
          error={end.error}
          onConfirm={() =>
            end.mutate({ service: skipped.service, id: skipped.trouble.id, skip: skipped.trouble.seq, reason })
          }
        >
          <Text>{t('trouble.skip.text', { service: skipped.service })}</Text>
          <Textarea
            label={t('trouble.reason')}
            value={reason}
            maxLength={300}
            onChange={(event) => setReason(event.currentTarget.value)}
            autosize
            minRows={2}
          />
        </Confirm>
      )}
    </Panel>
  );
}
