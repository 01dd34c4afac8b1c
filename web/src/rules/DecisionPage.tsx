// One decision: its table, a trial with the rows that fired, its versions, and the way to a new one by editing or from a file.
import { Button, FileButton, Group, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, ok, okAt, type Schemas } from '../api/client.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { useNow } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useCompanyClock } from '../session/company.ts';
import { instant } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { Differences } from './Differences.tsx';
import { shown } from './dmn.ts';
import { DecisionGrid } from './DecisionGrid.tsx';
import { NewVersion } from './NewVersion.tsx';
import classes from './rules.module.css';
import { useRuleTexts } from './texts.ts';
import { Trial } from './Trial.tsx';
import { Versions } from './Versions.tsx';

export interface Draft {
  xml: string;
  file?: string;
}

export function DecisionPage() {
  const key = usePageId();
  const query = useQuery({
    queryKey: ['rules', 'one', key],
    queryFn: () => okAt(api.GET('/api/rules/decisions/{key}', { params: { path: { key } } })),
  });
  return <Show query={query}>{({ value, version }) => <View key={key} decision={value} entry={version} />}</Show>;
}

/** The document of a version; it never changes. */
function useText(key: string, version: number) {
  return useQuery({
    queryKey: ['rules', 'text', key, version],
    queryFn: async () =>
      (await ok(api.GET('/api/rules/decisions/{key}/text', { params: { path: { key }, query: { version } } }))).xml,
    staleTime: Infinity,
    meta: { live: [] },
  });
}

function View({ decision, entry }: { decision: Schemas['DecisionView']; entry: number }) {
  const t = useRuleTexts();
  const code = locale(useLanguage());
  const now = useNow();
  const { zone } = useCompanyClock();
  const canEdit = useMay()('rules.edit');
  const inForce = decision.in_force ?? undefined;
  const [chosen, setChosen] = useState<number>();
  const [draft, setDraft] = useState<Draft>();
  const [fired, setFired] = useState<readonly number[]>([]);
  const version = chosen ?? inForce ?? decision.latest;
  const text = useText(decision.key, version);
  const present = useText(decision.key, inForce ?? version);
  const xml = draft?.xml ?? text.data;
  const [now_, before] = [useShown(xml), useShown(present.data)];
  const choose = (next: number) => {
    setChosen(next);
    setFired([]);
    setDraft(undefined);
  };
  const change = (next: string) => {
    setDraft({ ...draft, xml: next });
    setFired([]);
  };
  const take = (file: File | null) => {
    if (file !== null) void file.text().then((content) => setDraft({ xml: content, file: file.name }));
  };
  return (
    <DetailPage
      title={decision.title}
      back={{ to: paths.decisions, label: t('back') }}
      status={
        <>
          {inForce !== undefined && <Status tone="good">{t('version.in-force', { n: inForce })}</Status>}
          {decision.scheduled != null && (
            <Status tone="info">
              {t('scheduled', {
                n: decision.scheduled.version,
                when: instant(decision.scheduled.valid_from, code, now, zone),
              })}
            </Status>
          )}
        </>
      }
      actions={
        canEdit &&
        draft === undefined && (
          <>
            <FileButton onChange={take} accept=".dmn,.xml,application/xml,text/xml">
              {(props) => (
                <Button variant="default" {...props}>
                  {t('upload')}
                </Button>
              )}
            </FileButton>
            <Button disabled={text.data === undefined} onClick={() => setDraft({ xml: text.data ?? '' })}>
              {t('edit')}
            </Button>
          </>
        )
      }
    >
      <Panel
        title={draft === undefined ? t('table') : t('draft.title')}
        actions={
          draft === undefined && (
            <Group gap="xs">
              <Select
                aria-label={t('version')}
                size="xs"
                w={190}
                data={decision.versions.map((each) => ({
                  value: String(each.version),
                  label: t(each.version === inForce ? 'version.in-force' : 'version.n', { n: each.version }),
                }))}
                value={String(version)}
                allowDeselect={false}
                onChange={(value) => choose(Number(value ?? version))}
              />
              {text.data !== undefined && (
                <Button
                  size="xs"
                  variant="default"
                  component="a"
                  href={`data:application/xml;charset=utf-8,${encodeURIComponent(text.data)}`}
                  download={`${decision.key}-${String(version)}.dmn`}
                >
                  {t('download')}
                </Button>
              )}
            </Group>
          )
        }
        flush
      >
        {draft === undefined ? (
          <Show query={text}>{() => now_ !== undefined && <DecisionGrid shown={now_} fired={fired} />}</Show>
        ) : (
          <>
            {draft.file !== undefined && (
              <Text size="sm" p="sm" pb={0}>
                {t('draft.file', { file: draft.file })}
              </Text>
            )}
            {now_ !== undefined && (
              <DecisionGrid shown={now_} fired={fired} edit={{ xml: draft.xml, onChange: change }} />
            )}
          </>
        )}
      </Panel>
      <div className={classes['halves']}>
        <div className={classes['half']}>
          {draft !== undefined && (
            <NewVersion
              decision={decision}
              draft={draft}
              before={before}
              now={now_}
              onDrop={() => setDraft(undefined)}
              onSaved={choose}
            />
          )}
          {draft === undefined && inForce !== undefined && inForce !== version && before && now_ && (
            <Panel title={t('compare', { n: inForce })}>
              <Differences before={before} now={now_} />
            </Panel>
          )}
          <Versions decision={decision} entry={entry} shown={version} onShow={choose} />
        </div>
        <Trial
          key={`${decision.key} ${String(draft !== undefined)}`}
          decision={decision}
          asked={draft === undefined ? { version } : { xml: draft.xml }}
          table={now_?.table}
          onFired={setFired}
        />
      </div>
    </DetailPage>
  );
}

function useShown(xml: string | undefined) {
  return useMemo(() => (xml === undefined ? undefined : shown(xml)), [xml]);
}
