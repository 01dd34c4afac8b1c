// The forms of zones and of pick-up places.
import { Autocomplete, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Confirm } from '../kit/dialogs.tsx';
import { useTheirs } from '../kit/edit.ts';
import { SetForm, upon } from '../kit/SetForm.tsx';
import { toast } from '../kit/toast.tsx';
import { sitesQuery } from '../session/sites.ts';
import { useDeliveryTexts } from './texts.ts';
import { usePlaces, useSetZones, useZones, type Place, type Zone, type Zones } from './ways.ts';

const isSame = (a: Zone, b: Zone) => a.country === b.country && a.prefix === b.prefix;

/** `seen`: all zones as they were when the form was opened. When somebody else was faster, saving again is upon theirs. */
export function ZoneForm({ zone, seen, onClose }: { zone: Zone | undefined; seen: Zones; onClose: () => void }) {
  const t = useDeliveryTexts();
  const differs = useTheirs();
  const sites = useQuery(sitesQuery);
  const fresh = useZones();
  const [draft, setDraft] = useState<Zone>(zone ?? { country: seen.zones[0]?.country ?? '', prefix: '', region: '' });
  const set = (change: Partial<Zone>) => setDraft({ ...draft, ...change });
  const save = useSetZones(() => {
    toast('good', t('zone.saved'));
    onClose();
  });
  const { base, isTheirs } = upon(seen, fresh.data, save.error);
  const others = base.zones.filter((each) => zone === undefined || !isSame(each, zone));
  const theirs = isTheirs && zone !== undefined ? base.zones.find((each) => isSame(each, zone)) : undefined;
  const isTaken = others.some((each) => isSame(each, draft));
  const regions = [
    ...new Set([...(sites.data ?? []).map((site) => site.region), ...seen.zones.map((each) => each.region)]),
  ];
  return (
    <SetForm
      title={t(zone === undefined ? 'zone.new' : 'zone.change')}
      save={save}
      isReady={/^[A-Z]{2}$/.test(draft.country) && draft.region.trim() !== '' && !isTaken}
      onClose={onClose}
      onSubmit={() => {
        const mine = { ...draft, region: draft.region.trim() };
        save.mutate({ zones: [...others, mine], version: base.version });
      }}
    >
      <TextInput
        label={t('zone.country')}
        description={t('zone.country.hint')}
        value={draft.country}
        maxLength={2}
        required
        data-autofocus
        onChange={(event) => set({ country: event.currentTarget.value.toUpperCase() })}
      />
      <TextInput
        label={t('zone.prefix')}
        description={t('zone.prefix.hint')}
        error={isTaken && t('zone.taken')}
        value={draft.prefix}
        maxLength={10}
        onChange={(event) => set({ prefix: event.currentTarget.value.toUpperCase().replace(/[^A-Z0-9]/g, '') })}
      />
      <Autocomplete
        label={t('zone.region')}
        description={differs(draft.region, theirs?.region) ?? t('zone.region.hint')}
        data={regions.filter((each) => each !== '').sort()}
        value={draft.region}
        maxLength={60}
        required
        onChange={(region) => set({ region })}
      />
    </SetForm>
  );
}

export function RemoveZone({ zone, seen, onClose }: { zone: Zone; seen: Zones; onClose: () => void }) {
  const t = useDeliveryTexts();
  const fresh = useZones();
  const remove = useSetZones(() => {
    toast('good', t('zone.removed'));
    onClose();
  });
  const { base } = upon(seen, fresh.data, remove.error);
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t('zone.remove')}
      action={t('zone.remove.do')}
      isDangerous
      isRunning={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate({ zones: base.zones.filter((each) => !isSame(each, zone)), version: base.version })
      }
    >
      {t('zone.remove.text', { zone: `${zone.country} ${zone.prefix}`.trim(), region: zone.region })}
    </Confirm>
  );
}

export function HoursForm({ place, onClose }: { place: Place; onClose: () => void }) {
  const t = useDeliveryTexts();
  const differs = useTheirs();
  const fresh = usePlaces();
  const [hours, setHours] = useState(place.hours);
  const save = useCommand({
    run: (body: Schemas['SetHours']) =>
      ok(api.PUT('/api/delivery/pick-up-sites/{id}', { params: { path: { id: place.site } }, body })),
    touches: [['delivery']],
    onDone: () => {
      toast('good', t('place.saved', { name: place.name }));
      onClose();
    },
  });
  const known = fresh.data?.find((each) => each.site === place.site);
  const { base, isTheirs } = upon(place, known, save.error);
  return (
    <SetForm
      title={place.name}
      save={save}
      isReady
      onClose={onClose}
      onSubmit={() => save.mutate({ hours: hours.trim(), version: base.version })}
    >
      <Text size="sm" c="dimmed">
        {place.address.join(', ')}
      </Text>
      <Textarea
        label={t('place.hours')}
        description={(isTheirs ? differs(hours, base.hours) : undefined) ?? t('place.hours.hint')}
        value={hours}
        maxLength={200}
        autosize
        minRows={2}
        data-autofocus
        onChange={(event) => setHours(event.currentTarget.value.replace(/\n/g, ' '))}
      />
    </SetForm>
  );
}
