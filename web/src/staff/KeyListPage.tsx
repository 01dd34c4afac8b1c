// API keys: made with what they allow, shown once, revoked for ever.
import { Button, Code, CopyButton, Group, Modal, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import type { Column } from '../kit/DataTable.tsx';
import { Confirm, SideForm } from '../kit/dialogs.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { ClockInput, useClockNote } from '../kit/moment.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { useCompanyClock } from '../session/company.ts';
import { usePeople } from '../session/people.ts';
import { sitesQuery, useSiteName } from '../session/sites.ts';
import { instantIn, isInstant } from '../texts/format.ts';
import { StaffNav } from './StaffNav.tsx';
import { useStaffTexts } from './texts.ts';

type Key = Schemas['KeyView'];

/** Whether a key is in use, revoked, or has come to its end. */
function stands(key: Key): 'live' | 'revoked' | 'ended' {
  if (key.revoked_at != null) return 'revoked';
  return key.expires_at != null && Date.parse(key.expires_at) <= Date.now() ? 'ended' : 'live';
}

export function KeyListPage() {
  const t = useStaffTexts();
  const siteName = useSiteName();
  const person = usePeople();
  const { zone } = useCompanyClock();
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<string>();
  const [asked, setAsked] = useState<Key>();
  const pages = usePages<Key>(['gateway', 'list', 'keys'], async (after) => {
    const page = await ok(api.GET('/api/gateway/keys', { params: { query: { after } } }));
    return { rows: page.keys, next: page.next };
  });
  const revoke = useCommand({
    run: (key: Key) => ok(api.DELETE('/api/gateway/keys/{id}', { params: { path: { id: key.id } } })),
    touches: [['gateway']],
    onDone: (key) => {
      setAsked(undefined);
      toast('good', t('key.is-revoked', { name: key.name }));
    },
  });
  const allows = (key: Key) => {
    const permissions = [...new Set(key.grants.map(({ permission }) => permission))].join(', ');
    const sites = [...new Set(key.grants.flatMap(({ site }) => (site == null ? [] : [siteName(site)])))].join(', ');
    return sites === '' ? permissions : `${permissions} (${sites})`;
  };
  const columns: Column<Key>[] = [
    { key: 'name', header: t('key.name'), cell: (row) => row.name, width: 'minmax(150px, 2fr)', phone: 'title' },
    { key: 'allows', header: t('key.allows'), cell: allows, width: 'minmax(200px, 3fr)', phone: 'below' },
    {
      key: 'made',
      header: t('key.made'),
      cell: (row) => (
        <>
          <When at={row.created_at} />
          {row.made_by !== '' && <span className="soft"> · {person(row.made_by)}</span>}
        </>
      ),
      width: 'minmax(210px, 1fr)',
    },
    {
      key: 'ends',
      header: t('key.ends'),
      cell: (row) => (row.expires_at == null ? t('key.never') : <When at={row.expires_at} both zone={zone} />),
      width: '150px',
    },
    {
      key: 'state',
      header: t('state'),
      cell: (row) => <Status tone={stands(row) === 'live' ? 'good' : 'neutral'}>{t(`key.${stands(row)}`)}</Status>,
      width: '130px',
      phone: 'side',
    },
    {
      key: 'revoke',
      header: '',
      cell: (row) =>
        stands(row) === 'live' && (
          <Button variant="default" size="xs" onClick={() => setAsked(row)}>
            {t('key.revoke')}
          </Button>
        ),
      width: '110px',
      phone: 'belowSide',
    },
  ];
  return (
    <>
      <ListPage
        title={t('title')}
        above={<StaffNav here="keys" />}
        actions={
          <Button leftSection={<KeyRound size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {t('key.add')}
          </Button>
        }
        pages={pages}
        columns={columns}
        rowKey={(row) => row.id}
        empty={<Empty title={t('keys.empty')} text={t('keys.empty.text')} />}
      />
      {isAdding && (
        <AddKey
          onClose={() => setAdding(false)}
          onMade={(secret) => {
            setAdding(false);
            setMade(secret);
          }}
        />
      )}
      {made !== undefined && <Secret secret={made} onClose={() => setMade(undefined)} />}
      {asked !== undefined && (
        <Confirm
          isOpen
          onClose={() => setAsked(undefined)}
          title={t('key.revoke')}
          action={t('key.revoke')}
          isDangerous
          isRunning={revoke.isPending}
          error={revoke.error}
          onConfirm={() => revoke.mutate(asked)}
        >
          {t('key.revoke.text', { name: asked.name })}
        </Confirm>
      )}
    </>
  );
}

function AddKey({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const t = useStaffTexts();
  const [name, setName] = useState('');
  const [permissions, setPermissions] = useState<string[]>([]);
  const [at, setAt] = useState<string[]>([]);
  const [end, setEnd] = useState('');
  const clock = useCompanyClock();
  const clockNote = useClockNote();
  const isEnd = end === '' || (clock.isKnown && isInstant(end, clock.zone));
  const sites = useQuery(sitesQuery);
  const roles = useQuery({
    queryKey: ['staff', 'roles'],
    queryFn: async () => (await ok(api.GET('/api/staff/roles', {}))).roles,
    staleTime: Infinity,
    meta: { live: [] },
  });
  const known = [...new Set(roles.data?.flatMap((role) => [...role.at_sites, ...role.everywhere]))]
    .filter((permission) => permission !== '*')
    .sort();
  const issue = useCommand({
    run: (body: Schemas['IssueKey']) => ok(api.POST('/api/gateway/keys', { body })),
    touches: [['gateway']],
    onDone: ({ secret }) => onMade(secret),
  });
  const grants = permissions.flatMap((permission) =>
    at.length === 0 ? [{ permission }] : at.map((site) => ({ permission, site })),
  );
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('key.add')}
      action={t('key.add')}
      isRunning={issue.isPending}
      isDisabled={name.trim() === '' || permissions.length === 0 || !isEnd}
      error={issue.error}
      onSubmit={() =>
        issue.mutate({
          name: name.trim(),
          grants,
          ...(end === '' ? {} : { expires_at: instantIn(end, clock.zone).toISOString() }),
        })
      }
    >
      <TextInput
        label={t('key.name')}
        description={t('key.name.hint')}
        value={name}
        required
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <MultiSelect
        label={t('key.permissions')}
        data={known}
        value={permissions}
        searchable
        openOnFocus={false}
        required
        onChange={setPermissions}
      />
      <MultiSelect
        label={t('at')}
        placeholder={at.length === 0 ? t('at.choose') : ''}
        data={(sites.data ?? []).map((site) => ({ value: site.id, label: site.name }))}
        value={at}
        searchable
        openOnFocus={false}
        onChange={setAt}
      />
      <ClockInput
        label={t('key.ends')}
        description={[t('key.ends.hint'), clockNote(clock)].filter((each) => each !== undefined).join(' ')}
        value={end}
        onChange={(event) => setEnd(event.currentTarget.value)}
      />
    </SideForm>
  );
}

/** The one time that a secret is seen; closed on purpose only. */
function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const t = useStaffTexts();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('key.once')}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Text>{t('key.once.text')}</Text>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Code block aria-label={t('key.secret')} style={{ flex: 1, whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
            {secret}
          </Code>
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {t(copied ? 'password.copied' : 'password.copy')}
              </Button>
            )}
          </CopyButton>
        </Group>
        <Text size="sm">{t('key.use')}</Text>
        <Code block>Authorization: Bearer …</Code>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('key.done')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
