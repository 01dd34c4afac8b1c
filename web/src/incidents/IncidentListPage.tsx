// Procedures that cannot go on: what went wrong, and what to do.
import { Anchor, Radio, Stack } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import type { Column } from '../kit/DataTable.tsx';
import { Facts } from '../kit/DetailPage.tsx';
import { SideForm } from '../kit/dialogs.tsx';
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
  const [open, setOpen] = useState<Row>();
  const pages = usePages<Row>(['processes', 'incidents', 'open', site], async (after) => {
    const page = await ok(
      api.GET('/api/processes/incidents', { params: { query: { state: 'open', after, limit: 100, site } } }),
    );
    return { rows: page.incidents, next: page.next };
  });
  const columns: Column<Row>[] = [
    {
      key: 'procedure',
      header: t('procedure'),
      cell: (row) => row.process_name,
      width: 'minmax(140px, 1fr)',
      phone: 'title',
    },
    {
      key: 'where',
      header: t('where'),
      cell: (row) => row.element_name,
      width: 'minmax(140px, 1fr)',
    },
    { key: 'what', header: t('what'), cell: (row) => row.message, width: 'minmax(240px, 3fr)', phone: 'below' },
    { key: 'since', header: t('since'), cell: (row) => <When at={row.opened_at} />, width: '130px', phone: 'side' },
    { key: 'about', header: t('about'), cell: (row) => <About row={row} />, width: '140px' },
  ];
  return (
    <>
      <ListPage
        title={t('title')}
        {...(may('gateway.troubles') ? { above: <Troubles /> } : {})}
        pages={pages}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={setOpen}
        {...(open === undefined ? {} : { marked: open.id })}
        empty={<Empty title={t('empty')} text={t('empty.text')} />}
      />
      {open !== undefined && (
        <Incident
          key={open.id}
          incident={open}
          mayResolve={may('processes.resolve')}
          onClose={() => setOpen(undefined)}
        />
      )}
    </>
  );
}

/** What the procedure is about, with the way there. */
function About({ row }: { row: Row }) {
  const t = useIncidentTexts();
  if (!row.key.startsWith('ord_')) return row.key;
  return (
    <Anchor component={Link} to={paths.order(row.key)} onClick={(event) => event.stopPropagation()}>
      {t('order')}
    </Anchor>
  );
}

/** One incident, and what is to be done about it. */
function Incident(props: { incident: Row; mayResolve: boolean; onClose: () => void }) {
  const { incident, mayResolve, onClose } = props;
  const t = useIncidentTexts();
  const [how, setHow] = useState<How>('retry');
  const resolve = useCommand({
    run: (body: { how: How }) =>
      ok(api.POST('/api/processes/incidents/{id}/resolve', { params: { path: { id: incident.id } }, body })),
    touches: [['processes']],
    onDone: (_, { how }) => {
      onClose();
      toast('good', t(`${how}.done`));
    },
  });
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t('incident')}
      action={t(how)}
      isRunning={resolve.isPending}
      isDisabled={!mayResolve}
      error={resolve.error}
      onSubmit={() => resolve.mutate({ how })}
    >
      <Facts
        of={[
          [t('procedure'), incident.process_name],
          [t('where'), incident.element_name],
          [t('about'), <About key="about" row={incident} />],
          [t('since'), <When key="since" at={incident.opened_at} />],
          [
            t('what'),
            <Stack key="what" gap={4} align="flex-start">
              <span>{incident.message}</span>
              <Anchor href={`/problems/${incident.code}`} target="_blank" rel="noreferrer" size="sm">
                {t('explained')}
              </Anchor>
            </Stack>,
          ],
        ]}
      />
      <Radio.Group value={how} onChange={(value) => setHow(value)} label={t('do')}>
        <Stack gap="sm" mt="xs">
          {(['retry', 'skip', 'end'] as const).map((one) => (
            <Radio
              key={one}
              value={one}
              label={t(one)}
              description={t(`${one}.text`)}
              disabled={!mayResolve}
              styles={{ description: { paddingInlineStart: 'var(--mantine-spacing-sm)' } }}
            />
          ))}
        </Stack>
      </Radio.Group>
    </SideForm>
  );
}
