// Procedures that cannot go on: what went wrong, and what to do.
import { Anchor, Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import type { Column } from '../kit/DataTable.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Empty } from '../kit/states.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useHere } from '../session/sites.ts';
import { Troubles } from './Troubles.tsx';
import { useIncidentTexts } from './texts.ts';

type Row = Schemas['IncidentView'];
type How = 'retry' | 'skip' | 'end';

export function IncidentListPage() {
  const t = useIncidentTexts();
  const may = useMay();
  const site = useHere();
  const [asked, setAsked] = useState<{ incident: Row; how: How }>();
  const pages = usePages<Row>(['processes', 'incidents', 'open', site], async (after) => {
    const page = await ok(
      api.GET('/api/processes/incidents', { params: { query: { state: 'open', after, limit: 100, site } } }),
    );
    return { rows: page.incidents, next: page.next };
  });
  const resolve = useCommand({
    run: ({ id, how }: { id: string; how: How }) =>
      ok(api.POST('/api/processes/incidents/{id}/resolve', { params: { path: { id } }, body: { how } })),
    touches: [['processes']],
    onDone: () => {
      setAsked(undefined);
      toast('good', t('resolved'));
    },
  });
  const columns: Column<Row>[] = [
    {
      key: 'about',
      header: t('about'),
      cell: (row) =>
        row.key.startsWith('ord_') ? (
          <Anchor component={Link} to={paths.order(row.key)}>
            {t('order')}
          </Anchor>
        ) : (
          row.key
        ),
      width: '140px',
      phone: 'title',
    },
    { key: 'where', header: t('where'), cell: (row) => row.element, width: '160px', phone: 'below' },
    { key: 'what', header: t('what'), cell: (row) => row.message, width: 'minmax(200px, 3fr)', phone: 'belowSide' },
    { key: 'since', header: t('since'), cell: (row) => <When at={row.opened_at} />, width: '130px', phone: 'side' },
    {
      key: 'do',
      header: t('do'),
      cell: (row) =>
        may('processes.resolve') && (
          <Group gap="xs" wrap="nowrap">
            {(['retry', 'skip', 'end'] as const).map((how) => (
              <Button key={how} size="xs" variant="default" onClick={() => setAsked({ incident: row, how })}>
                {t(how)}
              </Button>
            ))}
          </Group>
        ),
      width: '280px',
    },
  ];
  return (
    <>
      <ListPage
        title={t('title')}
        {...(may('gateway.troubles') ? { above: <Troubles /> } : {})}
        pages={pages}
        columns={columns}
        rowKey={(row) => row.id}
        empty={<Empty title={t('empty')} text={t('empty.text')} />}
      />
      {asked !== undefined && (
        <Confirm
          isOpen
          onClose={() => setAsked(undefined)}
          title={t(asked.how)}
          action={t(asked.how)}
          isDangerous={asked.how === 'end'}
          isRunning={resolve.isPending}
          error={resolve.error}
          onConfirm={() => resolve.mutate({ id: asked.incident.id, how: asked.how })}
        >
          {t(`${asked.how}.text`)}
        </Confirm>
      )}
    </>
  );
}
