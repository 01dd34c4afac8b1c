// Where the order stands in its procedure: the diagram with what was passed and where it waits, live. The drawing library is an island
// of its own, loaded when it is first seen.
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { api, ok } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Loading, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { useOrderTexts } from './texts.ts';

const Diagram = lazy(async () => ({ default: (await import('../kit/Diagram.tsx')).Diagram }));

export function Procedure({ order }: { order: string }) {
  const t = useOrderTexts();
  const place = useQuery({
    queryKey: ['processes', 'place', order],
    queryFn: async () => {
      try {
        return await ok(api.GET('/api/processes/place/{key}', { params: { path: { key: order } } }));
      } catch (error) {
        if (isProblem(error, 'kit/not-found')) return null;
        throw error;
      }
    },
  });
  return (
    <Panel title={t('procedure')}>
      <Show query={place}>
        {(instance) =>
          instance === null ? (
            <Text size="sm" c="dimmed">
              {t('procedure.none')}
            </Text>
          ) : (
            <>
              {instance.incidents.length > 0 && <Status tone="bad">{t('procedure.incident')}</Status>}
              {instance.ended_at != null && <Status tone="good">{t('procedure.ended')}</Status>}
              <Drawing
                process={instance.process}
                number={instance.number}
                visited={instance.visited}
                waiting={instance.waiting}
              />
            </>
          )
        }
      </Show>
    </Panel>
  );
}

function Drawing(props: {
  process: string;
  number: number;
  visited: Record<string, number>;
  waiting: readonly string[];
}) {
  const t = useOrderTexts();
  const visited = useMemo(() => Object.keys(props.visited), [props.visited]);
  const definition = useQuery({
    queryKey: ['processes', 'definition', props.process, props.number],
    queryFn: () =>
      ok(
        api.GET('/api/processes/definitions/{key}', {
          params: { path: { key: props.process }, query: { number: props.number } },
        }),
      ),
    staleTime: Infinity,
    meta: { live: [] },
  });
  return (
    <Show query={definition}>
      {({ xml }) => (
        <Suspense fallback={<Loading rows={6} />}>
          <Diagram
            xml={xml}
            label={t('procedure.label', { at: props.waiting.join(', ') })}
            visited={visited}
            waiting={props.waiting}
          />
        </Suspense>
      )}
    </Show>
  );
}
