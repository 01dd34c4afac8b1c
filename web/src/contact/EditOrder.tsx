// The order changed while the customer is on the line: goods and delivery together, with the old and the new totals in sight before
// anything is done. The server prices it; lines that stay keep their price.
import { ActionIcon, Button, Checkbox, NumberInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Lock, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { useProductNames } from '../kit/products.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { overwritten } from '../kit/overwritten.ts';
import { ProblemView } from '../kit/states.tsx';
import { toast } from '../kit/toast.tsx';
import { useSiteName } from '../session/sites.ts';
import { AddProduct } from './AddProduct.tsx';
import classes from './contact.module.css';
import { useCountries } from '../kit/countries.ts';
import { deliveryOf, EditDelivery, editedDelivery, type DeliveryWish } from './EditDelivery.tsx';
import { useMissing } from './Missing.tsx';
import { useContactTexts } from './texts.ts';

type Sheet = Schemas['OrderSheet'];
type Preview = Schemas['EditPreview'];
const TYPED_MS = 250;

/** A line as it shall be; new ones have no price yet. */
interface Wish {
  product: string;
  name: string;
  unit: Schemas['Unit'];
  milli: number;
  was?: Schemas['SheetLine'];
}

export function EditOrder(props: { order: Sheet; start: 'goods' | 'delivery'; onDone: () => void }) {
  const { order, onDone } = props;
  const t = useContactTexts();
  const [wishes, setWishes] = useState<Wish[]>(() => order.lines.map(wishOf));
  const [delivery, setDelivery] = useState<DeliveryWish>(() => deliveryOf(order));
  const lines = wishes
    .filter((wish) => wish.milli !== (wish.was?.quantity.milli ?? 0))
    .map((wish) => ({
      product: wish.product,
      ...(wish.milli > 0 ? { quantity: { milli: wish.milli, unit: wish.unit } } : {}),
    }));
  const home = useCountries()?.[0]?.code;
  const elsewhere = editedDelivery(order, delivery, home);
  const missing = useMissing(order.id);
  const isLetGo = wishes.some(
    (wish) => wish.milli < (wish.was?.quantity.milli ?? 0) && missing.some(({ item }) => item.product === wish.product),
  );
  const [isThere, setThere] = useState(false);
  const change = {
    lines,
    ...(elsewhere === undefined ? {} : { delivery: elsewhere }),
    ...(isLetGo && isThere ? { on_shelf: true } : {}),
  };
  const isChanged = lines.length > 0 || elsewhere !== undefined;
  const isEmptied = wishes.every((wish) => wish.milli === 0);
  const [asked] = useDebouncedValue(change, TYPED_MS);
  const isCurrent = JSON.stringify(asked) === JSON.stringify(change);
  const preview = useQuery({
    queryKey: ['orders', order.id, 'preview', asked],
    queryFn: () => ok(api.POST('/api/orders/{id}/edit/preview', { params: { path: { id: order.id } }, body: asked })),
    enabled: isChanged && !isEmptied && (asked.lines.length > 0 || asked.delivery !== undefined),
    placeholderData: (earlier) => earlier,
    retry: false,
    meta: { live: [] },
  });
  const edit = useCommand({
    run: (body: typeof change) =>
      ok(
        api.POST('/api/orders/{id}/edit', {
          params: { path: { id: order.id }, header: ifMatch(preview.data?.version ?? order.version) },
          body,
        }),
      ),
    touches: [['orders'], ['contact']],
    onDone: () => {
      toast('good', t('edit.kept'));
      onDone();
    },
  });
  const canKeep = isChanged && !isEmptied && isCurrent && preview.error === null && !preview.isFetching;
  const keep = () => canKeep && edit.mutate(change);
  const set = (product: string, milli: number) =>
    setWishes((all) => all.map((wish) => (wish.product === product ? { ...wish, milli: Math.max(0, milli) } : wish)));
  useShortcut('Escape', t('edit.leave'), onDone);
  useShortcut('mod+Enter', t('edit.keep'), keep, canKeep);
  const shown = isChanged ? preview.data : undefined;
  return (
    <Panel title={t('edit.keep')}>
      <h3>{t('lines')}</h3>
      <p className="soft">{t('edit.locked')}</p>
      <Goods wishes={wishes} preview={shown} focused={props.start === 'goods'} onSet={set} />
      <AddProduct
        onAdd={(item) =>
          setWishes((all) =>
            all.some((wish) => wish.product === item.id)
              ? all.map((wish) => (wish.product === item.id ? { ...wish, milli: wish.milli + 1000 } : wish))
              : [...all, { product: item.id, name: item.name, unit: item.unit, milli: 1000 }],
          )
        }
      />
      <EditDelivery wish={delivery} onChange={setDelivery} focused={props.start === 'delivery'} />
      {isLetGo && (
        <Checkbox
          my="sm"
          label={t('edit.there')}
          description={t('edit.there.text')}
          checked={isThere}
          onChange={(event) => setThere(event.currentTarget.checked)}
        />
      )}
      <Totals order={order} preview={shown} />
      {isEmptied && <p className={classes['short']}>{t('edit.emptied')}</p>}
      {preview.error !== null && isChanged && <ProblemView error={preview.error} />}
      {edit.error !== null && <ProblemView error={edit.error} />}
      <div className={classes['keep']}>
        <span className={classes['outcome']}>
          <span className="soft">{t('total')}</span>
          <Money value={order.total} />
          {shown !== undefined && shown.new.total.minor !== shown.old.total.minor && (
            <>
              →
              <Money value={shown.new.total} strong />
            </>
          )}
        </span>
        <Button variant="default" onClick={onDone}>
          {t('edit.leave')}
          <Keys keys="Escape" />
        </Button>
        <Button disabled={!canKeep} loading={edit.isPending} onClick={keep}>
          {t('edit.keep')}
          <Keys keys="mod+Enter" />
        </Button>
      </div>
    </Panel>
  );
}

function wishOf(line: Schemas['SheetLine']): Wish {
  return {
    product: line.product,
    name: line.name,
    unit: line.quantity.unit,
    milli: line.quantity.milli,
    was: line,
  };
}

function Goods(props: {
  wishes: readonly Wish[];
  preview: Preview | undefined;
  focused: boolean;
  onSet: (product: string, milli: number) => void;
}) {
  const t = useContactTexts();
  const siteName = useSiteName();
  const products = props.wishes.map((wish) => wish.product);
  const nameOf = useProductNames(products);
  const stock = useQuery({
    queryKey: ['inventory', 'availability', products],
    queryFn: () => ok(api.POST('/api/inventory/availability', { body: { products, sites: [] } })),
    placeholderData: (earlier) => earlier,
  });
  const first = useRef<HTMLInputElement>(null);
  const { focused } = props;
  // The agent has asked to change the goods: there the typing begins.
  useEffect(() => {
    if (focused) first.current?.select();
  }, [focused]);
  const here = (product: string, site: string) =>
    stock.data?.lines.find((line) => line.product === product && line.site === site)?.available;
  const free = (wish: Wish) => stock.data?.totals.find((total) => total.product === wish.product)?.available;
  return (
    <ul className={classes['lines']}>
      {props.wishes.map((wish, index) => {
        const after = props.preview?.lines.filter((line) => line.product === wish.product) ?? [];
        const price = after[0]?.unit_price ?? wish.was?.unit_price;
        const left = free(wish);
        const more = wish.milli - (wish.was?.quantity.milli ?? 0);
        const lacks = left !== undefined && more > left.milli;
        const name = nameOf(wish.product, wish.name);
        return (
          <li key={wish.product} className={classes['line']}>
            <span className={wish.milli === 0 ? classes['gone'] : undefined}>{name}</span>
            <NumberInput
              aria-label={`${t('quantity')}: ${name}`}
              value={wish.milli / 1000}
              min={0}
              step={wish.unit === 'pcs' ? 1 : 0.25}
              allowDecimal={wish.unit !== 'pcs'}
              allowNegative={false}
              ref={index === 0 ? first : null}
              {...overwritten}
              onChange={(value) => props.onSet(wish.product, Math.round(Number(value) * 1000))}
            />
            <span className={classes['sum']}>
              {wish.milli > 0 && <SumOf lines={after} was={wish.was} isSame={more === 0} />}
            </span>
            <ActionIcon
              className={classes['remove'] ?? ''}
              aria-label={t('edit.remove', { name })}
              onClick={() => props.onSet(wish.product, 0)}
            >
              <Trash2 size={16} aria-hidden />
            </ActionIcon>
            <span className={classes['facts']}>
              {price !== undefined && (
                <span>
                  {wish.was !== undefined && <Lock size={13} aria-label={t('edit.lock')} />} <Money value={price} />
                </span>
              )}
              {left !== undefined && (
                <span className={lacks ? classes['short'] : undefined}>
                  {t('stock.everywhere')} <Quantity value={left} withPieces />
                </span>
              )}
              {(after.length > 0 ? after : wish.was === undefined ? [] : [wish.was]).map(({ site }) => (
                <span key={site}>
                  {siteName(site)}
                  <Here quantity={here(wish.product, site)} />
                </span>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** How much more can be promised at a site. */
function Here({ quantity }: { quantity: Schemas['Quantity'] | undefined }) {
  const t = useContactTexts();
  if (quantity === undefined) return null;
  return (
    <>
      : {t('stock.more')} <Quantity value={quantity} withPieces />
    </>
  );
}

function SumOf(props: {
  lines: readonly Schemas['OrderLineView'][];
  was: Schemas['SheetLine'] | undefined;
  isSame: boolean;
}) {
  const [first] = props.lines;
  if (first !== undefined) {
    const minor = props.lines.reduce((sum, line) => sum + line.amounts.gross.minor, 0);
    return <Money value={{ ...first.amounts.gross, minor }} />;
  }
  return props.was !== undefined && props.isSame ? <Money value={props.was.amounts.gross} /> : '…';
}

function Totals({ order, preview }: { order: Sheet; preview: Preview | undefined }) {
  const t = useContactTexts();
  const old = preview?.old ?? { goods: order.goods, delivery: order.delivery_fee, total: order.total };
  const next = preview?.new;
  return (
    <table className={classes['totals']} aria-live="polite">
      <thead>
        <tr>
          <th scope="col">
            <span className="unseen">{t('money')}</span>
          </th>
          <th scope="col">{t('edit.old')}</th>
          <th scope="col">{t('edit.new')}</th>
        </tr>
      </thead>
      <tbody>
        {(['goods', 'delivery', 'total'] as const).map((part) => (
          <tr key={part} data-total={part === 'total' ? true : undefined}>
            <th scope="row">{t(part)}</th>
            <td>
              <Money value={old[part]} />
            </td>
            <td>
              {next === undefined ? '–' : <Money value={next[part]} strong={next[part].minor !== old[part].minor} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
