// The versions of a decision: who made and approved them, which was in force, and the steps that lead there and back.
import { Anchor, Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { MomentField, useMoment } from '../kit/moment.tsx';
import { ProblemView } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useShownBy } from '../kit/moment.tsx';
import { useNow, When } from '../kit/When.tsx';
import { useCompanyClock } from '../session/company.ts';
import { usePeople } from '../session/people.ts';
import { useMay, useMe } from '../session/session.ts';
import { instant } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './rules.module.css';
import { useRuleTexts } from './texts.ts';

type Version = Schemas['VersionView'];

export interface VersionsProps {
  decision: Schemas['DecisionView'];
  /** The version of the decision's entry, for `If-Match`. */
  entry: number;
  shown: number;
  onShow: (version: number) => void;
}

export function Versions({ decision, entry, shown, onShow }: VersionsProps) {
  const t = useRuleTexts();
  return (
    <Panel title={t('versions')} note={useShownBy(useCompanyClock())}>
      <ul className={classes['versions']}>
        {decision.versions.map((version) => (
          <Entry
            key={version.version}
            decision={decision}
            entry={entry}
            version={version}
            isShown={version.version === shown}
            onShow={() => onShow(version.version)}
          />
        ))}
      </ul>
    </Panel>
  );
}

function Entry(props: {
  decision: Schemas['DecisionView'];
  entry: number;
  version: Version;
  isShown: boolean;
  onShow: () => void;
}) {
  const t = useRuleTexts();
  const code = locale(useLanguage());
  const now = useNow();
  const { zone } = useCompanyClock();
  const person = usePeople();
  const me = useMe();
  const canPublish = useMay()('rules.publish');
  const { decision, entry, version } = props;
  const [act, setAct] = useState<'approve' | 'publish'>();
  const inForce = decision.in_force === version.version;
  const isOwn = me.person !== undefined && version.author === `person:${me.person.id}`;
  const params = { path: { key: decision.key }, header: ifMatch(entry) };
  const unschedule = useCommand({
    run: () => ok(api.POST('/api/rules/decisions/{key}/unschedule', { params })),
    touches: [['rules']],
    onDone: () => toast('good', t('unscheduled')),
  });
  return (
    <li>
      <div className={classes['row']}>
        <strong>{t('version.n', { n: version.version })}</strong>
        {inForce ? (
          <Status tone="good">{t('state.in-force')}</Status>
        ) : version.valid_from != null ? (
          <Status tone="info">{t('state.scheduled', { when: instant(version.valid_from, code, now, zone) })}</Status>
        ) : (
          <Status tone={version.state === 'draft' ? 'warning' : 'neutral'}>
            {t(`state.${version.state as 'draft' | 'approved' | 'published'}`)}
          </Status>
        )}
      </div>
      {version.note !== '' && <div>{version.note}</div>}
      <div className={classes['soft']}>
        <When at={version.added_at} /> {t('by', { author: person(version.author) })}
        {version.approver != null && ` · ${t('approved-by', { approver: person(version.approver) })}`}
      </div>
      <Group gap="xs">
        {!props.isShown && (
          <Anchor component="button" type="button" size="sm" onClick={props.onShow}>
            {t('show')}
          </Anchor>
        )}
        {canPublish && version.state === 'draft' && !isOwn && (
          <Button size="xs" variant="default" onClick={() => setAct('approve')}>
            {t('approve')}
          </Button>
        )}
        {canPublish && version.valid_from != null && (
          <Button
            size="xs"
            variant="default"
            loading={unschedule.isPending}
            onClick={() => unschedule.mutate(undefined)}
          >
            {t('unschedule')}
          </Button>
        )}
        {canPublish && !inForce && version.state !== 'draft' && version.valid_from == null && (
          <Button size="xs" variant="default" onClick={() => setAct('publish')}>
            {t(version.state === 'published' ? 'publish.again' : 'publish')}
          </Button>
        )}
      </Group>
      {canPublish && version.state === 'draft' && isOwn && <div className={classes['soft']}>{t('approve.own')}</div>}
      {unschedule.error !== null && <ProblemView error={unschedule.error} />}
      {act === 'approve' && (
        <Approve decision={decision} entry={entry} version={version.version} onClose={() => setAct(undefined)} />
      )}
      {act === 'publish' && (
        <Publish decision={decision} entry={entry} version={version.version} onClose={() => setAct(undefined)} />
      )}
    </li>
  );
}

interface StepProps {
  decision: Schemas['DecisionView'];
  entry: number;
  version: number;
  onClose: () => void;
}

function Approve({ decision, entry, version, onClose }: StepProps) {
  const t = useRuleTexts();
  const params = { path: { key: decision.key }, header: ifMatch(entry) };
  const approve = useCommand({
    run: (n: number) => ok(api.POST('/api/rules/decisions/{key}/approve', { params, body: { version: n } })),
    touches: [['rules']],
    onDone: () => {
      toast('good', t('approved', { n: version }));
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t('approve')}
      action={t('approve')}
      isRunning={approve.isPending}
      error={approve.error}
      onConfirm={() => approve.mutate(version)}
    >
      {t('approve.text', { n: version })}
    </Confirm>
  );
}

function Publish({ decision, entry, version, onClose }: StepProps) {
  const t = useRuleTexts();
  const moment = useMoment('now', useCompanyClock());
  const params = { path: { key: decision.key }, header: ifMatch(entry) };
  const publish = useCommand({
    run: (body: Schemas['PublishVersion']) => ok(api.POST('/api/rules/decisions/{key}/publish', { params, body })),
    touches: [['rules']],
    onDone: (_, { at }) => {
      toast('good', t(at === undefined ? 'published' : 'published.later', { n: version }));
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t('publish')}
      action={t('publish')}
      isRunning={publish.isPending}
      isDisabled={moment.isPast}
      error={publish.error}
      onConfirm={() => publish.mutate(moment.at === undefined ? { version } : { version, at: moment.at })}
    >
      <Text>{t('publish.text', { n: version })}</Text>
      <MomentField moment={moment} />
    </Confirm>
  );
}
