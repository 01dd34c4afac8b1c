// How goods reach customers: the ways of delivery, the zones of postal codes, the places where orders are fetched.
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { DetailPage } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { SetTable } from '../kit/SetTable.tsx';
import { ProblemView } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { paths } from '../paths.ts';
import { useMay, useMayEverywhere } from '../session/session.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useNamed } from '../texts/named.ts';
import { MethodForm } from './MethodForm.tsx';
import { HoursForm, RemoveZone, ZoneForm } from './place-forms.tsx';
import { useDeliveryTexts } from './texts.ts';
import {
  asSet,
  useMethods,
  usePlaces,
  useSetMethods,
  useZones,
  type Method,
  type Methods,
  type Place,
  type Zone,
  type Zones,
} from './ways.ts';

export function WaysPage() {
  const t = useDeliveryTexts();
  return (
    <DetailPage title={t('ways')} back={{ to: paths.deliveries, label: t('title') }}>
      <Ways />
      <Places />
      <ZonesOf />
    </DetailPage>
  );
}

/** `9:05` of minutes after midnight. */
function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60))}:${String(minutes % 60).padStart(2, '0')}`;
}

function Ways() {
  const t = useDeliveryTexts();
  const named = useNamed();
  const may = useMay();
  const canSet = useMayEverywhere('delivery.edit');
  const code = locale(useLanguage());
  const [open, setOpen] = useState<{ method: Method | undefined; seen: Methods }>();
  const move = useSetMethods();
  const swap = (seen: Methods, from: number, to: number) => {
    const methods = asSet(seen.methods);
    const [moved] = methods.splice(from, 1);
    if (moved !== undefined) methods.splice(to, 0, moved);
    move.mutate({ methods, version: seen.version });
  };
  return (
    <SetTable
      title={t('methods')}
      note={
        <>
          {t('methods.rule')}{' '}
          {may('rules.read') && (
            <Anchor component={Link} to={paths.decision('delivery-fee')} size="sm" underline="always">
              {t('methods.rule.open')}
            </Anchor>
          )}
        </>
      }
      query={useMethods()}
      rows={(seen) => seen.methods}
      rowKey={(method) => method.code}
      empty={{ title: t('methods.none'), text: t('methods.none.text') }}
      add={canSet ? { label: t('method.new'), onAdd: (seen) => setOpen({ method: undefined, seen }) } : undefined}
      above={move.error !== null && <ProblemView error={move.error} />}
      onOpen={(method, seen) => (canSet ? () => setOpen({ method, seen }) : undefined)}
      columns={[
        { key: 'name', header: t('name'), cell: named },
        {
          key: 'kind',
          header: t('method.kind'),
          isWide: true,
          cell: (method) => t(method.pick_up ? 'method.fetched' : 'method.brought'),
        },
        {
          key: 'fee',
          header: t('method.fee'),
          align: 'end',
          cell: (method) => (method.fee.minor === 0 ? t('method.free') : <Money value={method.fee} />),
        },
        {
          key: 'tax',
          header: t('method.tax'),
          align: 'end',
          isWide: true,
          cell: (method) => `${(method.tax / 100).toLocaleString(code)} %`,
        },
        {
          key: 'cut-off',
          header: t('method.cut-off'),
          isWide: true,
          cell: (method) =>
            method.cut_off == null ? (
              <span className="soft">{t('method.cut-off.none')}</span>
            ) : (
              <span className="figures">{t('method.cut-off.until', { time: clock(method.cut_off.minutes) })}</span>
            ),
        },
        {
          key: 'state',
          header: t('state'),
          cell: (method) => (
            <Status tone={method.offered ? 'good' : 'neutral'}>
              {t(method.offered ? 'method.offered' : 'method.hidden')}
            </Status>
          ),
        },
      ]}
      acts={(method, at, seen) => [
        canSet && {
          icon: ArrowUp,
          label: t('method.up', { name: named(method) }),
          isDisabled: at === 0 || move.isPending,
          onAct: () => swap(seen, at, at - 1),
        },
        canSet && {
          icon: ArrowDown,
          label: t('method.down', { name: named(method) }),
          isDisabled: at + 1 === seen.methods.length || move.isPending,
          onAct: () => swap(seen, at, at + 1),
        },
        canSet && {
          icon: Pencil,
          label: t('method.change.of', { name: named(method) }),
          onAct: () => setOpen({ method, seen }),
        },
      ]}
    >
      {open !== undefined && <MethodForm {...open} onClose={() => setOpen(undefined)} />}
    </SetTable>
  );
}

function Places() {
  const t = useDeliveryTexts();
  const may = useMay();
  const [open, setOpen] = useState<Place>();
  const canSet = (place: Place) => may('delivery.edit', place.site);
  return (
    <SetTable
      title={t('places')}
      actions={
        may('staff.read') && (
          <Anchor component={Link} to={paths.sites} size="sm">
            {t('places.sites')}
          </Anchor>
        )
      }
      query={usePlaces()}
      rows={(places) => places}
      rowKey={(place) => place.site}
      empty={{ title: t('places.none'), text: t('places.none.text') }}
      onOpen={(place) => (canSet(place) ? () => setOpen(place) : undefined)}
      columns={[
        { key: 'name', header: t('name'), cell: (place) => place.name },
        { key: 'address', header: t('place.address'), isWide: true, cell: (place) => place.address.join(', ') },
        { key: 'region', header: t('zone.region'), isWide: true, cell: (place) => place.region },
        {
          key: 'hours',
          header: t('place.hours'),
          cell: (place) => (place.hours === '' ? <Status tone="warning">{t('place.hours.none')}</Status> : place.hours),
        },
      ]}
      acts={(place) => [
        canSet(place) && {
          icon: Pencil,
          label: t('place.hours.of', { name: place.name }),
          onAct: () => setOpen(place),
        },
      ]}
    >
      {open !== undefined && <HoursForm place={open} onClose={() => setOpen(undefined)} />}
    </SetTable>
  );
}

function ZonesOf() {
  const t = useDeliveryTexts();
  const canSet = useMayEverywhere('delivery.edit');
  const [open, setOpen] = useState<{ zone: Zone | undefined; seen: Zones }>();
  const [asked, setAsked] = useState<{ zone: Zone; seen: Zones }>();
  const said = (zone: Zone) => `${zone.country} ${zone.prefix}`.trim();
  const add = { label: t('zone.new'), isQuiet: true, onAdd: (seen: Zones) => setOpen({ zone: undefined, seen }) };
  return (
    <SetTable
      title={t('zones')}
      note={t('zones.text')}
      query={useZones()}
      rows={(seen) => seen.zones}
      rowKey={said}
      empty={{ title: t('zones.none'), text: t('zones.none.text') }}
      add={canSet ? add : undefined}
      columns={[
        { key: 'country', header: t('zone.country'), cell: (zone) => zone.country },
        {
          key: 'prefix',
          header: t('zone.prefix'),
          cell: (zone) =>
            zone.prefix === '' ? <span className="soft">{t('zone.prefix.none')}</span> : `${zone.prefix}…`,
        },
        { key: 'region', header: t('zone.region'), cell: (zone) => zone.region },
      ]}
      acts={(zone, _, seen) => [
        canSet && {
          icon: Trash2,
          label: t('zone.remove.of', { zone: said(zone) }),
          onAct: () => setAsked({ zone, seen }),
        },
        canSet && {
          icon: Pencil,
          label: t('zone.change.of', { zone: said(zone) }),
          onAct: () => setOpen({ zone, seen }),
        },
      ]}
    >
      {open !== undefined && <ZoneForm {...open} onClose={() => setOpen(undefined)} />}
      {asked !== undefined && <RemoveZone {...asked} onClose={() => setAsked(undefined)} />}
    </SetTable>
  );
}
