// By which lists is sold, and at which tax rates: seen, made, changed.
import { Link } from '@tanstack/react-router';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Schemas } from '../api/client.ts';
import { DetailPage } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { useShownBy } from '../kit/moment.tsx';
import { upon } from '../kit/SetForm.tsx';
import { SetTable } from '../kit/SetTable.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useNow, When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useCompany, useCompanyClock } from '../session/company.ts';
import { useMayEverywhere } from '../session/session.ts';
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
  const canEdit = useMayEverywhere('pricing.edit');
  const [open, setOpen] = useState<{ list: List | undefined; currency: string }>();
  const usual = (all: readonly List[]) => (all.find((each) => each.standard) ?? all[0])?.currency ?? 'EUR';
  const add = { label: t('list.new'), onAdd: (all: List[]) => setOpen({ list: undefined, currency: usual(all) }) };
  return (
    <SetTable
      title={t('lists')}
      note={useShownBy(useCompanyClock())}
      query={usePriceLists()}
      rows={(all) => all}
      rowKey={(list) => list.code}
      empty={{ title: t('list.none'), text: t('list.none.text') }}
      add={canEdit ? add : undefined}
      columns={[
        {
          key: 'name',
          header: t('name'),
          cell: (list) => (
            <>
              <Link to={paths.priceList(list.code)}>{list.name}</Link>{' '}
              {list.standard && <Status tone="good">{t('lists.standard')}</Status>}
            </>
          ),
        },
        { key: 'code', header: t('lists.code'), isWide: true, cell: (list) => list.code },
        { key: 'currency', header: t('lists.currency'), isWide: true, cell: (list) => list.currency },
        {
          key: 'tax',
          header: t('lists.tax'),
          isWide: true,
          cell: (list) => t(list.with_tax ? 'set.with-tax' : 'set.without-tax'),
        },
        { key: 'valid', header: t('list.valid'), cell: (list) => <Validity list={list} /> },
      ]}
      acts={(list) => [
        canEdit && {
          icon: Pencil,
          label: t('list.change.of', { name: list.name }),
          onAct: () => setOpen({ list, currency: list.currency }),
        },
      ]}
    >
      {open !== undefined && <PriceListForm {...open} onClose={() => setOpen(undefined)} />}
    </SetTable>
  );
}

/** When a list holds, and whether that is now. */
function Validity({ list }: { list: List }) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const now = useNow();
  const zone = useCompany()?.zone;
  const [from, until] = [list.valid_from ?? undefined, list.valid_until ?? undefined];
  if (from === undefined && until === undefined) return <span className="soft">{t('taxes.always')}</span>;
  const said = [
    ...(from === undefined ? [] : [t('list.valid.from', { when: instant(from, code, now, zone) })]),
    ...(until === undefined ? [] : [t('list.valid.until', { when: instant(until, code, now, zone) })]),
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
  const canEdit = useMayEverywhere('pricing.edit');
  const zone = useCompany()?.zone;
  const now = useNow().toISOString();
  const [open, setOpen] = useState<{ code: string | undefined; seen: Rates }>();
  const [asked, setAsked] = useState<{ rate: Rate; seen: Rates }>();
  const add = { label: t('taxes.new'), isQuiet: true, onAdd: (seen: Rates) => setOpen({ code: undefined, seen }) };
  const isAhead = (each: Rate) => each.valid_from > now;
  const after = (each: Rate, at: number, { classes }: Rates) =>
    classes[at + 1]?.code === each.code ? classes[at + 1] : undefined;
  const state = (each: Rate, next: Rate | undefined) => {
    if (isAhead(each)) return <Status tone="info">{t('schedule.next')}</Status>;
    const isReplaced = next !== undefined && !isAhead(next);
    return <Status tone={isReplaced ? 'neutral' : 'good'}>{t(isReplaced ? 'schedule.past' : 'schedule.now')}</Status>;
  };
  return (
    <SetTable
      title={t('taxes')}
      note={useShownBy(useCompanyClock())}
      query={useTaxRates()}
      rows={(seen) => seen.classes}
      rowKey={(each) => `${each.code} ${each.valid_from}`}
      empty={{ title: t('taxes.none'), text: t('taxes.none.text') }}
      add={canEdit ? add : undefined}
      columns={[
        {
          key: 'name',
          header: t('name'),
          cell: (each, at, seen) => (
            <>
              {each.name} {state(each, after(each, at, seen))}
            </>
          ),
        },
        { key: 'code', header: t('lists.code'), isWide: true, cell: (each) => each.code },
        {
          key: 'rate',
          header: t('taxes.rate'),
          align: 'end',
          cell: (each) => `${(each.rate / 100).toLocaleString(code)} %`,
        },
        {
          key: 'since',
          header: t('taxes.since'),
          cell: (each) =>
            each.valid_from.startsWith('1970-') ? t('taxes.always') : <When at={each.valid_from} exact zone={zone} />,
        },
      ]}
      acts={(each, at, seen) => [
        canEdit &&
          isAhead(each) && {
            icon: Trash2,
            label: t('taxes.withdraw.of', { name: each.name }),
            onAct: () => setAsked({ rate: each, seen }),
          },
        canEdit &&
          after(each, at, seen) === undefined && {
            icon: Pencil,
            label: t('taxes.change.of', { name: each.name }),
            onAct: () => setOpen({ code: each.code, seen }),
          },
      ]}
    >
      {open !== undefined && <TaxForm {...open} onClose={() => setOpen(undefined)} />}
      {asked !== undefined && <Withdraw {...asked} onClose={() => setAsked(undefined)} />}
    </SetTable>
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
  const zone = useCompany()?.zone;
  const { version } = upon(seen, fresh.data, withdraw.error).base;
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
        when: instant(rate.valid_from, code, new Date(), zone),
      })}
    </Confirm>
  );
}
