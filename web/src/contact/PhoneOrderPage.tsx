// An order by telephone: who calls, what they want, how it comes to them, how they pay. Nobody's card is needed, and no mouse either.
import { Anchor, Button, Radio, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { useUrlState } from '../kit/filters.tsx';
import { Money } from '../kit/Money.tsx';
import { NewCustomer } from '../kit/NewCustomer.tsx';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { useCountries } from '../kit/countries.ts';
import { useKitTexts } from '../kit/texts.ts';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import classes from './contact.module.css';
import { EditDelivery, useMethods, type DeliveryWish } from './EditDelivery.tsx';
import { FindCustomer } from './FindCustomer.tsx';
import { useCart, useChange, type Cart, type Customer } from './phone-cart.ts';
import { changesOf, PhoneGoods, type Typed } from './PhoneGoods.tsx';
import { useContactTexts } from './texts.ts';

type Payment = 'on_delivery' | 'on_account';
const TYPED_MS = 400;
const NOWHERE: DeliveryWish = {
  method: '',
  pickUp: false,
  site: undefined,
  name: '',
  phone: '',
  email: '',
  street: '',
  city: '',
  postcode: '',
  country: undefined,
};

export function PhoneOrderPage() {
  const t = useContactTexts();
  const url = useUrlState({ customer: '', cart: '' });
  const cart = useCart(url.value.cart);
  const customer = useQuery({
    queryKey: ['customers', url.value.customer],
    queryFn: () => ok(api.GET('/api/customers/{id}', { params: { path: { id: url.value.customer } } })),
    enabled: url.value.customer !== '',
  });
  const change = useChange({
    id: url.value.cart,
    customer: url.value.customer,
    onOpened: (id) => url.set({ cart: id }),
  });
  const [isNew, setNew] = useState<string>();
  const choose = (id: string) => {
    setNew(undefined);
    url.set({ customer: id });
    change.whose.mutate(id === '' ? null : id);
  };
  return (
    <>
      {url.value.customer !== '' ? (
        <Show query={customer}>
          {(found) => (
            <Order
              key={found.id}
              customer={found}
              cart={cart.data}
              change={change}
              whose={<Whose customer={found} onOther={() => choose('')} />}
            />
          )}
        </Show>
      ) : (
        <Order
          customer={undefined}
          cart={cart.data}
          change={change}
          whose={
            <>
              <FindCustomer onFound={(row) => choose(row.id)} onNew={setNew} />
              <Text size="sm" c="dimmed" mt="xs">
                {t('phone.unknown')}
              </Text>
            </>
          }
        />
      )}
      {isNew !== undefined && (
        <NewCustomer typed={isNew} onClose={() => setNew(undefined)} onDone={(found) => choose(found.id)} />
      )}
    </>
  );
}

function Whose({ customer, onOther }: { customer: Customer; onOther: () => void }) {
  const t = useContactTexts();
  return (
    <div className={classes['dial']}>
      <strong>
        <Anchor component={Link} to={paths.customer(customer.id)} underline="always">
          {customer.name}
        </Anchor>
      </strong>
      <span>{[customer.phone, customer.email].filter((each) => each != null).join(' · ')}</span>
      <span className="soft">{t('customer.orders', { n: customer.orders })}</span>
      {customer.status === 'blocked' && <Status tone="bad">{t('phone.blocked')}</Status>}
      <Button size="compact-sm" variant="default" onClick={onOther}>
        {t('phone.other')}
      </Button>
    </div>
  );
}

/** Where their goods went last, or go by what is known of them. */
function wishFor(customer: Customer | undefined): DeliveryWish {
  const [address] = customer?.addresses ?? [];
  return {
    ...NOWHERE,
    name: customer?.name ?? '',
    phone: customer?.phone ?? '',
    email: customer?.email ?? '',
    street: (address?.lines ?? []).join(', '),
    city: address?.city ?? '',
    postcode: address?.postcode ?? '',
    country: address?.country ?? undefined,
  };
}

const filled = (text: string) => (text.trim() === '' ? null : text.trim());

/** What is to be sent of it; absent while something is missing. */
function asked(wish: DeliveryWish, home: string | undefined): Schemas['SetCartDelivery'] | undefined {
  const isReachable = wish.name.trim() !== '' && (wish.phone.trim() !== '' || wish.email.trim() !== '');
  const isThere = wish.pickUp ? wish.site !== undefined : wish.street.trim() !== '' && wish.city.trim() !== '';
  if (wish.method === '' || !isReachable || !isThere) return undefined;
  const who = { name: wish.name.trim(), phone: filled(wish.phone), email: filled(wish.email) };
  if (wish.pickUp) return { method: wish.method, contact: who, site: wish.site ?? null };
  const address = [wish.street.trim()];
  const where = {
    address,
    city: wish.city.trim(),
    postcode: filled(wish.postcode),
    country: wish.country ?? home ?? null,
  };
  return { method: wish.method, contact: { ...who, ...where }, site: null };
}

function Order(props: {
  customer: Customer | undefined;
  cart: Cart | undefined;
  change: ReturnType<typeof useChange>;
  whose: React.ReactNode;
}) {
  const { customer, cart, change } = props;
  const t = useContactTexts();
  const kit = useKitTexts();
  const navigate = useNavigate();
  const client = useQueryClient();
  const mayOnAccount = useMay()('orders.on_account');
  const methods = useMethods();
  const [typed, setWish] = useState(() => wishFor(customer));
  // The first way stands there already, as in the shop.
  const usual = methods.data?.find((each) => each.offered);
  const wish =
    typed.method === '' && usual !== undefined ? { ...typed, method: usual.code, pickUp: usual.pick_up } : typed;
  const [typedGoods, setTypedGoods] = useState<Typed>({});
  const forget = (product: string) =>
    setTypedGoods((all) => Object.fromEntries(Object.entries(all).filter(([each]) => each !== product)));
  const sendGoods = (product: string, isRemoved: boolean) => {
    const changes = isRemoved
      ? [{ product, quantity: null }]
      : changesOf(cart?.lines ?? [], typedGoods).filter((each) => each.product === product);
    if (changes.length === 0) forget(product);
    // Refused or not: what stands there then is the cart's.
    for (const one of changes) change.line.mutate(one, { onSettled: () => forget(product) });
  };
  const [payment, setPayment] = useState<Payment>('on_delivery');
  const delivery = asked(wish, useCountries()?.[0]?.code);
  const hasGoods = (cart?.lines.length ?? 0) > 0;
  const [settled] = useDebouncedValue(delivery === undefined ? '' : JSON.stringify(delivery), TYPED_MS);
  const { mutate: tell } = change.delivery;
  // The fee is said by a rule: it is known once the server has heard where the goods go.
  useEffect(() => {
    if (hasGoods && settled !== '') tell(JSON.parse(settled) as Schemas['SetCartDelivery']);
  }, [hasGoods, settled, tell]);
  const place = useCommand({
    run: async (id: string) => {
      // What was typed last counts, also when nobody has left the field.
      for (const one of changesOf(cart?.lines ?? [], typedGoods))
        await change.line.mutateAsync(one).finally(() => forget(one.product));
      if (delivery !== undefined) await change.delivery.mutateAsync(delivery);
      const body = { payment_method: payment, payment_token: '' };
      return ok(api.POST('/api/orders/carts/{id}/place', { params: { path: { id } }, body }));
    },
    touches: [['orders'], ['customers'], ['contact']],
    // Prices or stock are others now: the page shows what is true.
    onRefused: () => void client.invalidateQueries({ queryKey: ['orders', 'cart'] }),
    onDone: (order) => {
      toast('good', t('phone.placed', { number: order.number }));
      void navigate({ to: paths.order(order.id), replace: true });
    },
  });
  const isBusy = change.line.isPending || change.delivery.isPending || change.whose.isPending;
  const isTheirs = (cart?.customer ?? undefined) === customer?.id;
  const isReady = cart !== undefined && isTheirs && hasGoods && delivery !== undefined && !isBusy && !place.isPending;
  const send = () => {
    if (isReady) place.mutate(cart.id);
  };
  useShortcut('mod+Enter', t('phone.place'), send, isReady);
  const missing = [
    ...(hasGoods ? [] : [t('phone.missing.goods')]),
    ...(delivery === undefined ? [t(wish.method === '' ? 'phone.missing.way' : 'phone.missing.delivery')] : []),
  ];
  return (
    <DetailPage
      title={t('phone.title')}
      back={{ to: paths.contact, label: t('title') }}
      side={
        <Panel title={t('phone.money')}>
          <Stack gap="md">
            <Sums cart={cart} hasDelivery={cart?.delivery_method != null} />
            <Radio.Group label={t('phone.pay')} value={payment} onChange={setPayment}>
              <Stack gap="xs" mt="xs">
                <Radio
                  value="on_delivery"
                  label={t(wish.pickUp ? 'phone.pay.counter' : 'phone.pay.door')}
                  description={t('phone.pay.text')}
                />
                {mayOnAccount && (
                  <Radio value="on_account" label={kit('pay.on_account')} description={t('phone.pay.account')} />
                )}
              </Stack>
            </Radio.Group>
            {missing.length > 0 && (
              <p className="soft" role="status">
                {t('phone.missing', { what: missing.join(', ') })}
              </p>
            )}
            {change.delivery.error !== null && <ProblemView error={change.delivery.error} />}
            {place.error !== null && place.error !== change.delivery.error && place.error !== change.line.error && (
              <ProblemView error={place.error} />
            )}
            <Button disabled={!isReady} loading={place.isPending} onClick={send} fullWidth>
              {t('phone.place')}
              <Keys keys="mod+Enter" />
            </Button>
          </Stack>
        </Panel>
      }
    >
      <Panel title={t('customer')}>
        {props.whose}
        {change.whose.error !== null && !isTheirs && (
          <ProblemView error={change.whose.error} onRetry={() => change.whose.mutate(customer?.id ?? null)} />
        )}
      </Panel>
      <Panel title={t('goods')}>
        <PhoneGoods
          cart={cart}
          focused={customer !== undefined}
          error={change.line.error}
          typed={typedGoods}
          onType={(product, value) => setTypedGoods((all) => ({ ...all, [product]: value }))}
          onSend={sendGoods}
          onAdd={(product, unit) => change.line.mutate({ product, more: { milli: 1000, unit } })}
        />
      </Panel>
      <Panel title={t('delivery')}>
        <EditDelivery wish={wish} onChange={setWish} focused={false} isPlain lines={cart?.lines ?? []} />
      </Panel>
    </DetailPage>
  );
}

function Sums({ cart, hasDelivery }: { cart: Cart | undefined; hasDelivery: boolean }) {
  const t = useContactTexts();
  const parts = ['goods', 'delivery', 'total'] as const;
  return (
    <table className={classes['totals']} aria-live="polite">
      <tbody>
        {parts.map((part) => (
          <tr key={part} data-total={part === 'total' ? true : undefined}>
            <th scope="row">{t(part)}</th>
            <td>
              {cart === undefined || (part === 'delivery' && !hasDelivery) ? '–' : <Money value={cart.totals[part]} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
