// The people of the staff: who they are, what they do and where, when they were last here.
import { Button } from '@mantine/core';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { api, ok } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Empty } from '../kit/states.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { AddPerson } from './AddPerson.tsx';
import { PersonStatus, useRolesText, type Person } from './person.tsx';
import { StaffNav } from './StaffNav.tsx';
import { useStaffTexts } from './texts.ts';

export function StaffListPage() {
  const t = useStaffTexts();
  const canEdit = useMay()('staff.edit');
  const rolesText = useRolesText();
  const [isAdding, setAdding] = useState(false);
  const pages = usePages<Person>(['staff', 'list'], async (after) => {
    const page = await ok(api.GET('/api/staff/people', { params: { query: { after } } }));
    return { rows: page.people, next: page.next };
  });
  useShortcut('n', t('add'), () => setAdding(true), canEdit);
  const columns: Column<Person>[] = [
    {
      key: 'name',
      header: t('name'),
      cell: (row) => (row.erased ? t('nameless') : row.name),
      width: 'minmax(160px, 2fr)',
      phone: 'title',
    },
    { key: 'login', header: t('login'), cell: (row) => row.login, width: 'minmax(170px, 2fr)' },
    {
      key: 'roles',
      header: t('roles'),
      cell: (row) => rolesText(row.roles),
      width: 'minmax(200px, 3fr)',
      phone: 'below',
    },
    {
      key: 'last',
      header: t('last'),
      cell: (row) => (row.signed_in_at == null ? t('never') : <When at={row.signed_in_at} />),
      width: '130px',
      phone: 'belowSide',
    },
    { key: 'state', header: t('state'), cell: (row) => <PersonStatus of={row} />, width: '130px', phone: 'side' },
  ];
  return (
    <>
      <ListPage
        title={t('title')}
        above={<StaffNav here="people" />}
        actions={
          canEdit && (
            <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
              {t('add')}
              <Keys keys="n" />
            </Button>
          )
        }
        pages={pages}
        columns={columns}
        rowKey={(row) => row.id}
        href={(row) => paths.person(row.id)}
        empty={<Empty title={t('empty')} text={t('empty.text')} />}
      />
      {isAdding && <AddPerson onClose={() => setAdding(false)} />}
    </>
  );
}
