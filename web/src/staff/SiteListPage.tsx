// Stores and warehouses.
import { Button, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { useCommand } from '../api/queries.ts';
import type { Column } from '../kit/DataTable.tsx';
import { SideForm } from '../kit/dialogs.tsx';
import { ListPage } from '../kit/ListPage.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { sitesQuery, type Site } from '../session/sites.ts';
import { Company } from './Company.tsx';
import { StaffNav } from './StaffNav.tsx';
import { useStaffTexts } from './texts.ts';

const NEW: Schemas['SetSite'] = { code: '', name: '', kind: 'store', open: true, pick_up: true };

const two = (count: number) => String(count).padStart(2, '0');
const clock = (minutes: number) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

export function SiteListPage() {
  const t = useStaffTexts();
  const may = useMay();
  const canEdit = may('staff.company');
  const [open, setOpen] = useState<Schemas['SetSite']>();
  const [isCompany, setCompany] = useState(false);
  const query = useQuery(sitesQuery);
  const columns: Column<Site>[] = [
    { key: 'name', header: t('site.name'), cell: (row) => row.name, width: 'minmax(180px, 2fr)', phone: 'title' },
    { key: 'code', header: t('site.code'), cell: (row) => row.code, width: '110px', phone: 'belowSide' },
    { key: 'kind', header: t('site.kind'), cell: (row) => t(`site.kind.${row.kind}`), width: '120px' },
    {
      key: 'address',
      header: t('site.address'),
      cell: (row) => row.address.join(', '),
      width: 'minmax(180px, 3fr)',
      phone: 'below',
    },
    { key: 'region', header: t('site.region'), cell: (row) => row.region, width: '110px' },
    {
      key: 'state',
      header: t('state'),
      cell: (row) => <Status tone={row.open ? 'good' : 'neutral'}>{t(row.open ? 'site.open' : 'site.closed')}</Status>,
      width: '120px',
      phone: 'side',
    },
  ];
  const edit = (site: Site) => {
    const { id, version, code, name, kind, address, region, zone, day_start, pick_up, open: isOpen } = site;
    setOpen({ id, version, code, name, kind, address, region, zone, day_start, pick_up, open: isOpen });
  };
  return (
    <>
      <ListPage
        title={t('title')}
        above={<StaffNav here="sites" />}
        actions={
          <>
            {may('delivery.edit') && (
              <Button component={Link} to={paths.deliveryWays} variant="default">
                {t('site.hours')}
              </Button>
            )}
            {canEdit && (
              <>
                <Button variant="default" onClick={() => setCompany(true)}>
                  {t('company')}
                </Button>
                <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setOpen(NEW)}>
                  {t('site.add')}
                </Button>
              </>
            )}
          </>
        }
        pages={{
          rows: query.data ?? [],
          isPending: query.isPending,
          error: query.error,
          refetch: query.refetch,
          more: undefined,
        }}
        columns={columns}
        rowKey={(row) => row.id}
        {...(canEdit ? { onOpen: edit } : {})}
        empty={<Empty title={t('sites.empty')} />}
      />
      {isCompany && <Company onClose={() => setCompany(false)} />}
      {open !== undefined && <SiteForm site={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

/** When somebody else was faster, what they set is said at each field that differs; saving again then sets one's own. */
function SiteForm({ site, onClose }: { site: Schemas['SetSite']; onClose: () => void }) {
  const t = useStaffTexts();
  const [draft, setDraft] = useState(site);
  const set = (change: Partial<Schemas['SetSite']>) => setDraft({ ...draft, ...change });
  const save = useCommand({
    run: (body: Schemas['SetSite']) => ok(api.POST('/api/staff/sites', { body: { sites: [body] } })),
    touches: [['staff']],
    onDone: () => {
      toast('good', t('site.saved', { name: draft.name }));
      onClose();
    },
  });
  const { data: sites } = useQuery(sitesQuery);
  const theirs = isProblem(save.error, 'kit/stale') ? sites?.find(({ id }) => id === draft.id) : undefined;
  const differs = (mine: string, value: string | undefined) =>
    value === undefined || value === mine
      ? undefined
      : value === ''
        ? t('site.theirs.none')
        : t('site.theirs', { value });
  const state = (isOpen: boolean) => t(isOpen ? 'site.open' : 'site.closed');
  const text = (field: 'name' | 'code' | 'region' | 'zone', required: boolean) => (
    <TextInput
      label={t(`site.${field}`)}
      description={differs(draft[field] ?? '', theirs?.[field])}
      value={draft[field] ?? ''}
      required={required}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
    />
  );
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t(site.id == null ? 'site.add' : 'site.change')}
      isRunning={save.isPending}
      error={save.error}
      onSubmit={() => {
        const { zone, ...others } = theirs === undefined ? draft : { ...draft, version: theirs.version };
        save.mutate(zone == null || zone === '' ? others : { zone, ...others });
      }}
    >
      {text('name', true)}
      {text('code', true)}
      <Select
        label={t('site.kind')}
        description={theirs && differs(t(`site.kind.${draft.kind}`), t(`site.kind.${theirs.kind}`))}
        data={(['store', 'warehouse'] as const).map((value) => ({ value, label: t(`site.kind.${value}`) }))}
        value={draft.kind}
        allowDeselect={false}
        onChange={(value) => set({ kind: value === 'warehouse' ? 'warehouse' : 'store' })}
      />
      <Textarea
        label={t('site.address')}
        description={differs((draft.address ?? []).join(', '), theirs?.address.join(', ')) ?? t('site.address.hint')}
        value={(draft.address ?? []).join('\n')}
        autosize
        minRows={2}
        onChange={(event) => set({ address: event.currentTarget.value.split('\n') })}
      />
      {text('region', false)}
      {text('zone', false)}
      <TextInput
        type="time"
        label={t('site.day-start')}
        description={
          (theirs && differs(clock(draft.day_start ?? 0), clock(theirs.day_start))) ?? t('site.day-start.hint')
        }
        value={clock(draft.day_start ?? 0)}
        required
        max="12:00"
        onChange={(event) => {
          // Half-typed times are empty.
          if (event.currentTarget.value) set({ day_start: minutesOf(event.currentTarget.value) });
        }}
      />
      <Switch
        label={t('site.pick-up')}
        description={theirs && theirs.pick_up !== (draft.pick_up ?? false) ? t('site.theirs.pick-up') : undefined}
        checked={draft.pick_up ?? false}
        onChange={(event) => set({ pick_up: event.currentTarget.checked })}
      />
      <Switch
        label={t('site.open')}
        description={theirs && differs(state(draft.open ?? true), state(theirs.open))}
        checked={draft.open ?? true}
        onChange={(event) => set({ open: event.currentTarget.checked })}
      />
    </SideForm>
  );
}
