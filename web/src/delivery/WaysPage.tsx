// How goods reach customers: the ways of delivery, the zones of postal codes, the places where orders are fetched.
import { ActionIcon, Anchor, Button, Group, Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { Empty, ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { TextButton } from '../kit/TextButton.tsx';
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
  const query = useMethods();
  const [open, setOpen] = useState<{ method: Method | undefined; seen: Methods }>();
  const move = useSetMethods();
  const swap = (seen: Methods, from: number, to: number) => {
    const methods = asSet(seen.methods);
    const [moved] = methods.splice(from, 1);
    if (moved !== undefined) methods.splice(to, 0, moved);
    move.mutate({ methods, version: seen.version });
  };
  return (
    <Panel
      title={t('methods')}
      flush
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
      actions={
        canSet &&
        query.data !== undefined && (
          <Button
            leftSection={<Plus size={16} aria-hidden />}
            onClick={() => setOpen({ method: undefined, seen: query.data })}
          >
            {t('method.new')}
          </Button>
        )
      }
    >
      {move.error !== null && <ProblemView error={move.error} />}
      <Show query={query}>
        {(seen) =>
          seen.methods.length === 0 ? (
            <Empty title={t('methods.none')} text={t('methods.none.text')} />
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('name')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('method.kind')}</Table.Th>
                  <Table.Th ta="end">{t('method.fee')}</Table.Th>
                  <Table.Th ta="end" pe="xl" visibleFrom="sm">
                    {t('method.tax')}
                  </Table.Th>
                  <Table.Th visibleFrom="sm">{t('method.cut-off')}</Table.Th>
                  <Table.Th>{t('state')}</Table.Th>
                  <Table.Th aria-label={t('changes')} w={120} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {seen.methods.map((method, at) => (
                  <Table.Tr key={method.code}>
                    <Table.Td>
                      {canSet ? (
                        <TextButton onClick={() => setOpen({ method, seen })}>{named(method)}</TextButton>
                      ) : (
                        named(method)
                      )}
                    </Table.Td>
                    <Table.Td visibleFrom="sm">{t(method.pick_up ? 'method.fetched' : 'method.brought')}</Table.Td>
                    <Table.Td ta="end">
                      {method.fee.minor === 0 ? t('method.free') : <Money value={method.fee} />}
                    </Table.Td>
                    <Table.Td ta="end" pe="xl" className="figures" visibleFrom="sm">
                      {(method.tax / 100).toLocaleString(code)} %
                    </Table.Td>
                    <Table.Td className="figures" visibleFrom="sm">
                      {method.cut_off == null ? (
                        <span className="soft">{t('method.cut-off.none')}</span>
                      ) : (
                        t('method.cut-off.until', { time: clock(method.cut_off.minutes) })
                      )}
                    </Table.Td>
                    <Table.Td>
                      <Status tone={method.offered ? 'good' : 'neutral'}>
                        {t(method.offered ? 'method.offered' : 'method.hidden')}
                      </Status>
                    </Table.Td>
                    <Table.Td>
                      {canSet && (
                        <Group gap={2} wrap="nowrap" justify="flex-end">
                          <ActionIcon
                            aria-label={t('method.up', { name: named(method) })}
                            disabled={at === 0 || move.isPending}
                            onClick={() => swap(seen, at, at - 1)}
                          >
                            <ArrowUp size={15} aria-hidden />
                          </ActionIcon>
                          <ActionIcon
                            aria-label={t('method.down', { name: named(method) })}
                            disabled={at + 1 === seen.methods.length || move.isPending}
                            onClick={() => swap(seen, at, at + 1)}
                          >
                            <ArrowDown size={15} aria-hidden />
                          </ActionIcon>
                          <ActionIcon
                            aria-label={t('method.change.of', { name: named(method) })}
                            onClick={() => setOpen({ method, seen })}
                          >
                            <Pencil size={15} aria-hidden />
                          </ActionIcon>
                        </Group>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
      {open !== undefined && <MethodForm {...open} onClose={() => setOpen(undefined)} />}
    </Panel>
  );
}

function Places() {
  const t = useDeliveryTexts();
  const may = useMay();
  const query = usePlaces();
  const [open, setOpen] = useState<Place>();
  return (
    <Panel
      title={t('places')}
      flush
      actions={
        may('staff.read') && (
          <Anchor component={Link} to={paths.sites} size="sm">
            {t('places.sites')}
          </Anchor>
        )
      }
    >
      <Show query={query}>
        {(places) =>
          places.length === 0 ? (
            <Empty title={t('places.none')} text={t('places.none.text')} />
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('name')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('place.address')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('zone.region')}</Table.Th>
                  <Table.Th>{t('place.hours')}</Table.Th>
                  <Table.Th aria-label={t('changes')} w={60} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {places.map((place) => (
                  <Table.Tr key={place.site}>
                    <Table.Td>
                      {may('delivery.edit', place.site) ? (
                        <TextButton onClick={() => setOpen(place)}>{place.name}</TextButton>
                      ) : (
                        place.name
                      )}
                    </Table.Td>
                    <Table.Td visibleFrom="sm">{place.address.join(', ')}</Table.Td>
                    <Table.Td visibleFrom="sm">{place.region}</Table.Td>
                    <Table.Td>
                      {place.hours === '' ? <Status tone="warning">{t('place.hours.none')}</Status> : place.hours}
                    </Table.Td>
                    <Table.Td ta="end">
                      {may('delivery.edit', place.site) && (
                        <ActionIcon
                          aria-label={t('place.hours.of', { name: place.name })}
                          onClick={() => setOpen(place)}
                        >
                          <Pencil size={15} aria-hidden />
                        </ActionIcon>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
      {open !== undefined && <HoursForm place={open} onClose={() => setOpen(undefined)} />}
    </Panel>
  );
}

function ZonesOf() {
  const t = useDeliveryTexts();
  const query = useZones();
  const canSet = useMayEverywhere('delivery.edit');
  const [open, setOpen] = useState<{ zone: Zone | undefined; seen: Zones }>();
  const [asked, setAsked] = useState<{ zone: Zone; seen: Zones }>();
  const said = (zone: Zone) => `${zone.country} ${zone.prefix}`.trim();
  return (
    <Panel
      title={t('zones')}
      flush
      note={t('zones.text')}
      actions={
        canSet &&
        query.data !== undefined && (
          <Button
            variant="default"
            leftSection={<Plus size={16} aria-hidden />}
            onClick={() => setOpen({ zone: undefined, seen: query.data })}
          >
            {t('zone.new')}
          </Button>
        )
      }
    >
      <Show query={query}>
        {(seen) =>
          seen.zones.length === 0 ? (
            <Empty title={t('zones.none')} text={t('zones.none.text')} />
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('zone.country')}</Table.Th>
                  <Table.Th>{t('zone.prefix')}</Table.Th>
                  <Table.Th>{t('zone.region')}</Table.Th>
                  <Table.Th aria-label={t('changes')} w={100} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {seen.zones.map((zone) => (
                  <Table.Tr key={said(zone)}>
                    <Table.Td>{zone.country}</Table.Td>
                    <Table.Td className="figures">
                      {zone.prefix === '' ? <span className="soft">{t('zone.prefix.none')}</span> : `${zone.prefix}…`}
                    </Table.Td>
                    <Table.Td>{zone.region}</Table.Td>
                    <Table.Td>
                      {canSet && (
                        <Group gap={2} wrap="nowrap" justify="flex-end">
                          <ActionIcon
                            aria-label={t('zone.remove.of', { zone: said(zone) })}
                            onClick={() => setAsked({ zone, seen })}
                          >
                            <Trash2 size={15} aria-hidden />
                          </ActionIcon>
                          <ActionIcon
                            aria-label={t('zone.change.of', { zone: said(zone) })}
                            onClick={() => setOpen({ zone, seen })}
                          >
                            <Pencil size={15} aria-hidden />
                          </ActionIcon>
                        </Group>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
      {open !== undefined && <ZoneForm {...open} onClose={() => setOpen(undefined)} />}
      {asked !== undefined && <RemoveZone {...asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}
