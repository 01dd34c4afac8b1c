// One procedure: its diagram with what waits where, its deadlines and versions, and the way to a new version from a file.
import { Anchor, Button, FileButton, Group, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { DetailPage, Facts, Panel } from '../kit/DetailPage.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Empty, Loading, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useMay } from '../session/session.ts';
import { procedure } from './bpmn.ts';
import { Deploy } from './Deploy.tsx';
import { useDeadlineName, useSpanSaid } from './Deadline.tsx';
import { Differences } from './Differences.tsx';
import { NewVersion, type Draft } from './NewVersion.tsx';
import classes from './processes.module.css';
import { useProcessTexts } from './texts.ts';

const Diagram = lazy(async () => ({ default: (await import('../kit/Diagram.tsx')).Diagram }));
/** Procedures under way whose place is counted, at most. */
const MOST = 200;

type Definition = Schemas['DefinitionView'];

export function ProcedurePage() {
  const key = usePageId();
  const query = useQuery({
    queryKey: ['processes', 'list', 'versions', key],
    queryFn: async () =>
      (await ok(api.GET('/api/processes/definitions', {}))).definitions.filter((each) => each.key === key),
  });
  return <Show query={query}>{(versions) => <View procedure={key} versions={versions} />}</Show>;
}

function useXml(key: string, number: number | undefined) {
  return useQuery({
    queryKey: ['processes', 'definition', key, number],
    queryFn: () =>
      ok(
        api.GET('/api/processes/definitions/{key}', {
          params: { path: { key }, query: { ...(number === undefined ? {} : { number }) } },
        }),
      ),
    enabled: number !== undefined,
    staleTime: Infinity,
    meta: { live: [] },
  });
}

/** How many wait at which element of a version. */
function useCounts(key: string, number: number | undefined): Record<string, number> | undefined {
  const query = useQuery({
    queryKey: ['processes', 'list', 'instances', key],
    queryFn: async () =>
      (
        await ok(
          api.GET('/api/processes/instances', { params: { query: { process: key, state: 'open', limit: MOST } } }),
        )
      ).instances,
  });
  return useMemo(() => {
    if (query.data === undefined) return undefined;
    const counts: Record<string, number> = {};
    for (const instance of query.data) {
      if (instance.number !== number) continue;
      for (const element of instance.waiting) counts[element] = (counts[element] ?? 0) + 1;
    }
    return counts;
  }, [query.data, number]);
}

function View({ procedure: key, versions }: { procedure: string; versions: readonly Definition[] }) {
  const t = useProcessTexts();
  const deadlineName = useDeadlineName();
  const spanSaid = useSpanSaid();
  const canDeploy = useMay()('processes.deploy');
  const active = versions.find((each) => each.is_active);
  const [chosen, setChosen] = useState<number>();
  const [draft, setDraft] = useState<Draft>();
  const number = chosen ?? active?.number;
  const shown = useXml(key, number);
  const present = useXml(key, active?.number);
  const counts = useCounts(key, number);
  const [now, before] = [useProcedure(shown.data?.xml), useProcedure(present.data?.xml)];
  if (active === undefined || number === undefined) return <Empty title={t('empty')} />;
  const open = versions.reduce((sum, each) => sum + each.open_instances, 0);
  const take = (file: File | null) => {
    if (file !== null) void file.text().then((xml) => setDraft({ xml, upon: active.number, file: file.name }));
  };
  if (draft !== undefined) {
    return (
      <NewVersion
        draft={draft}
        before={before}
        active={active}
        open={open}
        onChange={setDraft}
        onDone={() => {
          setDraft(undefined);
          setChosen(undefined);
        }}
      />
    );
  }
  return (
    <DetailPage
      title={active.name}
      back={{ to: paths.procedures, label: t('title') }}
      status={
        <>
          <Status tone="info">{t('open.n', { n: open })}</Status>
          <Stuck procedure={key} />
        </>
      }
      actions={
        canDeploy && (
          <>
            {(present.data === undefined ? 0 : Object.keys(present.data.parameters).length) > 0 && (
              <Button variant="default" onClick={() => setDraft({ xml: present.data?.xml ?? '', upon: active.number })}>
                {t('deadlines.change')}
              </Button>
            )}
            <Button
              variant="default"
              onClick={() => setDraft({ xml: present.data?.xml ?? '', upon: active.number, isDrawn: true })}
            >
              {t('draw')}
            </Button>
            <FileButton onChange={take} accept=".bpmn,.xml,application/xml,text/xml">
              {(props) => <Button {...props}>{t('upload')}</Button>}
            </FileButton>
          </>
        )
      }
    >
      <Panel
        title={t('diagram')}
        actions={
          <Group gap="xs">
            <Select
              aria-label={t('version')}
              size="xs"
              w={230}
              data={versions.map((each) => ({
                value: String(each.number),
                label: t(each.is_active ? 'version.active' : 'version.n', { n: each.number }),
              }))}
              value={String(number)}
              allowDeselect={false}
              onChange={(value) => setChosen(Number(value ?? number))}
            />
            {shown.data !== undefined && (
              <Button
                size="xs"
                variant="default"
                component="a"
                href={`data:application/xml;charset=utf-8,${encodeURIComponent(shown.data.xml)}`}
                download={`${key}-${String(number)}.bpmn`}
              >
                {t('download')}
              </Button>
            )}
          </Group>
        }
      >
        <Show query={shown} rows={8}>
          {({ xml }) => (
            <Suspense fallback={<Loading rows={8} />}>
              <Diagram xml={xml} label={t('diagram.label', { name: active.name })} {...(counts && { counts })} />
            </Suspense>
          )}
        </Show>
        <Waiting counts={counts} names={now?.elements} />
      </Panel>
      <div className={classes['halves']}>
        <div className={classes['half']}>
          {number !== active.number && now !== undefined && before !== undefined && (
            <Panel title={t('compare', { n: active.number })}>
              <Differences before={before} now={now} />
            </Panel>
          )}
          <Versions versions={versions} shown={number} onShow={setChosen} canDeploy={canDeploy} open={open} />
        </div>
        <Panel title={t('deadlines')}>
          <Show query={shown} rows={2}>
            {({ parameters }) =>
              Object.keys(parameters).length === 0 ? (
                <Text c="dimmed">{t('deadlines.none')}</Text>
              ) : (
                <Facts of={Object.entries(parameters).map(([name, value]) => [deadlineName(name), spanSaid(value)])} />
              )
            }
          </Show>
        </Panel>
      </div>
    </DetailPage>
  );
}

function useProcedure(xml: string | undefined) {
  return useMemo(() => (xml === undefined ? undefined : procedure(xml)), [xml]);
}

function Stuck({ procedure: key }: { procedure: string }) {
  const t = useProcessTexts();
  const query = useQuery({
    queryKey: ['processes', 'incidents', 'open'],
    queryFn: () => ok(api.GET('/api/processes/incidents', { params: { query: { state: 'open', limit: 100 } } })),
  });
  const n = query.data?.incidents.filter((each) => each.process === key).length ?? 0;
  if (n === 0) return <span className="soft">{t('incidents.none')}</span>;
  return (
    <Link to={paths.incidents}>
      <Status tone="bad">{t('incidents', { n })}</Status>
    </Link>
  );
}

/** The same figures as on the drawing, for who cannot see it. */
function Waiting(props: {
  counts: Record<string, number> | undefined;
  names: Map<string, { name: string }> | undefined;
}) {
  const t = useProcessTexts();
  const entries = Object.entries(props.counts ?? {});
  if (entries.length === 0) return null;
  return (
    <>
      <p className={classes['soft']}>{t('diagram.counts')}</p>
      <ul className="unseen">
        {entries.map(([element, n]) => (
          <li key={element}>{t('waits', { n, step: props.names?.get(element)?.name || element })}</li>
        ))}
      </ul>
    </>
  );
}

function Versions(props: {
  versions: readonly Definition[];
  shown: number;
  onShow: (number: number) => void;
  canDeploy: boolean;
  open: number;
}) {
  const t = useProcessTexts();
  const person = usePeople();
  const [asked, setAsked] = useState<Definition>();
  const text = useXml(asked?.key ?? '', asked?.number);
  return (
    <Panel title={t('versions')}>
      <ul className={classes['versions']}>
        {props.versions.map((each) => (
          <li key={each.number}>
            <div className={classes['row']}>
              <strong>{t('version.n', { n: each.number })}</strong>
              {each.is_active && <Status tone="good">{t('active')}</Status>}
            </div>
            <div className={classes['soft']}>
              <When at={each.deployed_at} /> {each.shipped ? t('shipped') : t('by', { who: person(each.deployed_by) })}{' '}
              · {t('open.n', { n: each.open_instances })}
            </div>
            <Group gap="sm">
              {each.number !== props.shown && (
                <Anchor component="button" type="button" size="sm" onClick={() => props.onShow(each.number)}>
                  {t('show')}
                </Anchor>
              )}
              {props.canDeploy && !each.is_active && (
                <Button size="xs" variant="default" onClick={() => setAsked(each)}>
                  {t('again')}
                </Button>
              )}
            </Group>
          </li>
        ))}
      </ul>
      {asked !== undefined && text.data !== undefined && (
        <Deploy
          xml={text.data.xml}
          upon={props.versions.find((each) => each.is_active)?.number}
          title={t('again')}
          text={t('again.text', { n: asked.number })}
          onClose={() => setAsked(undefined)}
          onDone={(number) => {
            setAsked(undefined);
            props.onShow(number);
          }}
        />
      )}
    </Panel>
  );
}
