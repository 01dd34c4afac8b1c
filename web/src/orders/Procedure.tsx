// Where the order stands in its procedure: in words, and on the diagram with what was passed and where it waits, live. The drawing
// library is an island of its own, loaded when it is first seen.
import { SegmentedControl, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link } from '@tanstack/react-router';
import { api, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Loading, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './procedure.module.css';
import { useOrderTexts } from './texts.ts';

type Place = Schemas['PlaceView'];
const Diagram = lazy(async () => ({ default: (await import('../kit/Diagram.tsx')).Diagram }));

export function Procedure({ order }: { order: string }) {
  const t = useOrderTexts();
  const [chosen, setChosen] = useState<string>();
  const place = useQuery({
    queryKey: ['processes', 'place', order, chosen],
    placeholderData: keepPreviousData,
    queryFn: async () => {
      try {
        if (chosen !== undefined)
          return await ok(api.GET('/api/processes/instances/{id}', { params: { path: { id: chosen } } }));
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
              {instance.about.length > 1 && (
                <SegmentedControl
                  mb="sm"
                  aria-label={t('procedure.which')}
                  data={instance.about.map((one) => ({ value: one.id, label: one.process_name }))}
                  value={chosen ?? instance.id}
                  onChange={setChosen}
                />
              )}
              <Where at={instance} />
              <Drawing at={instance} />
            </>
          )
        }
      </Show>
    </Panel>
  );
}

/** The elements that an open incident holds up. */
function stuckIn(at: Place): string[] {
  return at.incidents.filter((incident) => incident.state === 'open').map((incident) => incident.element);
}

/** When an element was last come to. */
function entered(at: Place, element: string): string | undefined {
  const last = at.history.findLast((entry) =>
    entry.steps.some((step) => step.element === element && step.what === 'entered'),
  );
  return last?.at;
}

/** The element that was come to last. */
function lastOf(at: Place): string | undefined {
  const step = at.history.flatMap(({ steps }) => steps).findLast(({ element }) => element != null);
  return step?.element ?? undefined;
}

/** What an element is called; one without a name (a fork) after what it leads to. */
function named(xml: string | undefined, element: string, code: string): string {
  const either = new Intl.ListFormat(code, { type: 'disjunction' });
  if (xml === undefined) return '…';
  const drawing = new DOMParser().parseFromString(xml, 'application/xml');
  const [all, flows] = [drawing.getElementsByTagNameNS('*', '*'), drawing.getElementsByTagNameNS('*', 'sequenceFlow')];
  const nameOf = (id: string) => [...all].find((each) => each.getAttribute('id') === id)?.getAttribute('name') ?? '';
  const next = [...flows].filter((flow) => flow.getAttribute('sourceRef') === element);
  const names = next.map((flow) => nameOf(flow.getAttribute('targetRef') ?? '')).filter((name) => name !== '');
  return nameOf(element) || either.format(names) || element;
}

function useDefinition(at: Place) {
  return useQuery({
    queryKey: ['processes', 'definition', at.process, at.number],
    queryFn: () =>
      ok(
        api.GET('/api/processes/definitions/{key}', {
          params: { path: { key: at.process }, query: { number: at.number } },
        }),
      ),
    staleTime: Infinity,
    meta: { live: [] },
  });
}

function Where({ at }: { at: Place }) {
  const t = useOrderTexts();
  const code = locale(useLanguage());
  const xml = useDefinition(at).data?.xml;
  const stuck = stuckIn(at);
  const marks = ['visited', 'waiting', ...(stuck.length > 0 ? (['stuck'] as const) : [])] as const;
  return (
    <div className={classes['above']}>
      <div aria-live="polite">
        {stuck.length > 0 && (
          <Link to={paths.incidents}>
            <Status tone="bad">{t('procedure.incident')}</Status>
          </Link>
        )}{' '}
        {at.ended_at != null ? (
          <Status tone="good">{t('procedure.ended')}</Status>
        ) : (
          at.waiting.map((element) => {
            const since = entered(at, element);
            return (
              <span key={element}>
                <Status tone="warning">{t('procedure.waits', { at: named(xml, element, code) })}</Status>{' '}
                {since !== undefined && (
                  <span className="soft">
                    <When at={since} />
                  </span>
                )}{' '}
              </span>
            );
          })
        )}
      </div>
      <ul className={classes['legend']}>
        {marks.map((mark) => (
          <li key={mark} data-mark={mark}>
            {t(`procedure.mark.${mark}`)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Drawing({ at }: { at: Place }) {
  const t = useOrderTexts();
  const code = locale(useLanguage());
  const definition = useDefinition(at);
  const names = at.waiting.map((element) => named(definition.data?.xml, element, code)).join(', ');
  return (
    <Show query={definition}>
      {({ xml }) => (
        <Suspense fallback={<Loading rows={6} />}>
          <Diagram
            xml={xml}
            label={names === '' ? t('procedure') : t('procedure.label', { at: names })}
            focus={lastOf(at)}
            marks={{ visited: Object.keys(at.visited), waiting: at.waiting, stuck: stuckIn(at) }}
          />
        </Suspense>
      )}
    </Show>
  );
}
