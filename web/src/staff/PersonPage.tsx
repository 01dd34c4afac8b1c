// One of the staff: their roles and what those allow, and the ways to change, lock out and forget them.
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok } from '../api/client.ts';
import { DetailPage, Facts, Panel } from '../kit/DetailPage.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay, useMe } from '../session/session.ts';
import { useSiteName } from '../session/sites.ts';
import { ChangePerson, ChangeRoles, Lock, SetPassword } from './person-actions.tsx';
import { PersonStatus, type Person, type RoleAt } from './person.tsx';
import { useStaffTexts } from './texts.ts';

export function PersonPage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['staff', id],
    queryFn: () => ok(api.GET('/api/staff/people/{id}', { params: { path: { id } } })),
  });
  return <Show query={query}>{(person) => <View person={person} />}</Show>;
}

type Act = 'change' | 'roles' | 'password' | 'block' | 'unblock' | 'erase';

function View({ person }: { person: Person }) {
  const t = useStaffTexts();
  const isMe = useMe().person?.id === person.id;
  const canEdit = useMay()('staff.edit') && !person.erased;
  const [act, setAct] = useState<Act>();
  const close = () => setAct(undefined);
  return (
    <DetailPage
      title={person.erased ? t('nameless') : person.name}
      back={{ to: paths.staff, label: t('title') }}
      status={
        <>
          <PersonStatus of={person} />
          {isMe && <Status tone="info">{t('you')}</Status>}
        </>
      }
      actions={
        canEdit && (
          <>
            <Button variant="default" onClick={() => setAct('change')}>
              {t('change')}
            </Button>
            <Button variant="default" onClick={() => setAct('password')}>
              {t('reset')}
            </Button>
            {!isMe && (
              <>
                <Button variant="default" onClick={() => setAct(person.active ? 'block' : 'unblock')}>
                  {t(person.active ? 'block' : 'unblock')}
                </Button>
                <Button variant="default" onClick={() => setAct('erase')}>
                  {t('erase')}
                </Button>
              </>
            )}
          </>
        )
      }
      side={
        <Panel title={t('signing-in')}>
          <Facts
            of={[
              [t('login'), person.login],
              [t('since'), <When key="since" at={person.added_at} />],
              [t('last'), person.signed_in_at == null ? t('never') : <When key="last" at={person.signed_in_at} both />],
            ]}
          />
        </Panel>
      }
    >
      <Panel
        title={t('roles.given')}
        actions={
          canEdit && (
            <Button variant="default" size="xs" onClick={() => setAct('roles')}>
              {t('roles.change')}
            </Button>
          )
        }
      >
        {person.roles.length === 0 ? <Text c="dimmed">{t('none')}</Text> : <Roles roles={person.roles} />}
      </Panel>
      {act === 'change' && <ChangePerson person={person} onClose={close} />}
      {act === 'roles' && <ChangeRoles person={person} onClose={close} />}
      {act === 'password' && <SetPassword person={person} onClose={close} />}
      {(act === 'block' || act === 'unblock' || act === 'erase') && <Lock how={act} person={person} onClose={close} />}
    </DetailPage>
  );
}

/** Each role with its sites, and the permissions behind it. */
function Roles({ roles }: { roles: readonly RoleAt[] }) {
  const t = useStaffTexts();
  const siteName = useSiteName();
  const table = useQuery({
    queryKey: ['staff', 'roles'],
    queryFn: async () => (await ok(api.GET('/api/staff/roles', {}))).roles,
    staleTime: Infinity,
    meta: { live: [] },
  });
  return (
    <ul style={{ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: 12 }}>
      {roles.map(({ role, sites }) => {
        const entry = table.data?.find((each) => each.role === role);
        return (
          <li key={role}>
            <strong>{t(`role.${role}`)}</strong>
            <span className="soft"> · {t(`does.${role}`)}</span>
            <div>{sites == null ? t('at.all') : sites.map(siteName).join(', ')}</div>
            {entry !== undefined && (
              <details>
                <summary className="soft">{t('permissions')}</summary>
                {entry.at_sites.length > 0 && (
                  <Text size="sm">
                    {entry.at_sites.join(', ')} <span className="soft">{t('permissions.at')}</span>
                  </Text>
                )}
                {entry.everywhere.length > 0 && (
                  <Text size="sm">
                    {entry.everywhere.join(', ')} <span className="soft">{t('permissions.everywhere')}</span>
                  </Text>
                )}
              </details>
            )}
          </li>
        );
      })}
    </ul>
  );
}
