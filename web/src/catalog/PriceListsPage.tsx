// By which lists is sold, and at which tax rates: seen, made, changed.
import { ActionIcon, Button, Group, Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useNow, When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { instant } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { PriceListForm } from './PriceListForm.tsx';
import { usePriceLists, useTaxRates } from './Prices.tsx';
import { TaxForm, useSetTaxes } from './TaxForm.tsx';
import { useCatalogTexts } from './texts.ts';

type List = Schemas['ListView'];
type Rates = Schemas['TaxClasses'];
type Rate = Schemas['TaxClassView'];

export function PriceListsPage() {
  const t = useCatalogTexts();
  return (
    <DetailPage title={t('lists.title')} back={{ to: paths.products, label: t('title') }}>
      <Lists />
      <Taxes />
    </DetailPage>
  );
}

function Lists() {
  const t = useCatalogTexts();
  const canEdit = useMay()('pricing.edit');
  const lists = usePriceLists();
  const [open, setOpen] = useState<List | 'new'>();
  const currency = (lists.data?.find((each) => each.standard) ?? lists.data?.[0])?.currency ?? 'EUR';
  return (
    <Panel
      title={t('lists')}
      flush
      actions={
        canEdit && (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setOpen('new')}>
            {t('list.new')}
          </Button>
        )
      }
    >
      <Show query={lists}>
        {(found) =>
          found.length === 0 ? (
            <Empty title={t('list.none')} text={t('list.none.text')} />
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('name')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('lists.code')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('lists.currency')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('lists.tax')}</Table.Th>
                  <Table.Th>{t('list.valid')}</Table.Th>
                  {canEdit && <Table.Th aria-label={t('category.act')} w={60} />}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((list) => (
                  <Table.Tr key={list.code}>
                    <Table.Td>
                      <Link to={paths.priceList(list.code)}>{list.name}</Link>{' '}
                      {list.standard && <Status tone="good">{t('lists.standard')}</Status>}
                    </Table.Td>
                    <Table.Td visibleFrom="sm">{list.code}</Table.Td>
                    <Table.Td visibleFrom="sm">{list.currency}</Table.Td>
                    <Table.Td visibleFrom="sm">{t(list.with_tax ? 'set.with-tax' : 'set.without-tax')}</Table.Td>
                    <Table.Td>
                      <Validity list={list} />
                    </Table.Td>
                    {canEdit && (
                      <Table.Td ta="end">
                        <ActionIcon aria-label={t('list.change.of', { name: list.name })} onClick={() => setOpen(list)}>
                          <Pencil size={15} aria-hidden />
                        </ActionIcon>
                      </Table.Td>
                    )}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
      {open !== undefined && (
        <PriceListForm
          list={open === 'new' ? undefined : open}
          currency={currency}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Panel>
  );
}

/** When a list holds, and whether that is now. */
function Validity({ list }: { list: List }) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const now = useNow();
  const [from, until] = [list.valid_from ?? undefined, list.valid_until ?? undefined];
  if (from === undefined && until === undefined) return <span className="soft">{t('taxes.always')}</span>;
  const said = [
    ...(from === undefined ? [] : [t('list.valid.from', { when: instant(from, code, now) })]),
    ...(until === undefined ? [] : [t('list.valid.until', { when: instant(until, code, now) })]),
  ];
  const isAhead = from !== undefined && new Date(from) > now;
  const isOver = until !== undefined && new Date(until) <= now;
  return (
    <>
      {said.join(' ')} {isAhead && <Status tone="info">{t('list.ahead')}</Status>}
      {isOver && <Status tone="neutral">{t('list.over')}</Status>}
    </>
  );
}

function Taxes() {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const canEdit = useMay()('pricing.edit');
  const taxes = useTaxRates();
  const now = useNow().toISOString();
  const [open, setOpen] = useState<{ code: string | undefined; seen: Rates }>();
  const [asked, setAsked] = useState<{ rate: Rate; seen: Rates }>();
  return (
    <Panel
      title={t('taxes')}
      flush
      actions={
        canEdit &&
        taxes.data !== undefined && (
          <Button
            variant="default"
            leftSection={<Plus size={16} aria-hidden />}
            onClick={() => setOpen({ code: undefined, seen: taxes.data })}
          >
            {t('taxes.new')}
          </Button>
        )
      }
    >
      <Show query={taxes}>
        {(seen) =>
          seen.classes.length === 0 ? (
            <Empty title={t('taxes.none')} text={t('taxes.none.text')} />
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('name')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('lists.code')}</Table.Th>
                  <Table.Th ta="end" pe="xl">
                    {t('taxes.rate')}
                  </Table.Th>
                  <Table.Th>{t('taxes.since')}</Table.Th>
                  <Table.Th>{t('state')}</Table.Th>
                  {canEdit && <Table.Th aria-label={t('category.act')} w={100} />}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {seen.classes.map((each, at) => {
                  const after = seen.classes[at + 1];
                  const isLast = after?.code !== each.code;
                  const isReplaced = !isLast && after.valid_from <= now;
                  const isAhead = each.valid_from > now;
                  return (
                    <Table.Tr key={`${each.code} ${each.valid_from}`}>
                      <Table.Td>{each.name}</Table.Td>
                      <Table.Td visibleFrom="sm">{each.code}</Table.Td>
                      <Table.Td ta="end" pe="xl" className="figures">
                        {(each.rate / 100).toLocaleString(code)} %
                      </Table.Td>
                      <Table.Td>
                        {each.valid_from.startsWith('1970-') ? t('taxes.always') : <When at={each.valid_from} exact />}
                      </Table.Td>
                      <Table.Td>
                        <Status tone={isAhead ? 'info' : isReplaced ? 'neutral' : 'good'}>
                          {t(isAhead ? 'schedule.next' : isReplaced ? 'schedule.past' : 'schedule.now')}
                        </Status>
                      </Table.Td>
                      {canEdit && (
                        <Table.Td>
                          <Group gap={2} wrap="nowrap" justify="flex-end">
                            {isAhead && (
                              <ActionIcon
                                aria-label={t('taxes.withdraw.of', { name: each.name })}
                                onClick={() => setAsked({ rate: each, seen })}
                              >
                                <Trash2 size={15} aria-hidden />
                              </ActionIcon>
                            )}
                            {isLast && (
                              <ActionIcon
                                aria-label={t('taxes.change.of', { name: each.name })}
                                onClick={() => setOpen({ code: each.code, seen })}
                              >
                                <Pencil size={15} aria-hidden />
                              </ActionIcon>
                            )}
                          </Group>
                        </Table.Td>
                      )}
                    </Table.Tr>
                  );
                })}
              </Table.Tbody>
            </Table>
          )
        }
      </Show>
      {open !== undefined && <TaxForm {...open} onClose={() => setOpen(undefined)} />}
      {asked !== undefined && <Withdraw {...asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}

function Withdraw({ rate, seen, onClose }: { rate: Rate; seen: Rates; onClose: () => void }) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const fresh = useTaxRates();
  const withdraw = useSetTaxes(() => {
    toast('good', t('taxes.withdrawn'));
    onClose();
  });
  const version = (isProblem(withdraw.error, 'kit/stale') ? fresh.data : undefined)?.version ?? seen.version;
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={t('taxes.withdraw')}
      action={t('withdraw')}
      isDangerous
      isRunning={withdraw.isPending}
      error={withdraw.error}
      onConfirm={() => withdraw.mutate({ classes: [{ ...rate, rate: null }], version })}
    >
      {t('taxes.withdraw.text', {
        name: rate.name,
        rate: (rate.rate / 100).toLocaleString(code),
        when: instant(rate.valid_from, code, new Date()),
      })}
    </Confirm>
  );
}
