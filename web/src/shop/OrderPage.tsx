// An order as its customer sees it: the verdict in words, the steps as they happen, paying again, cancelling in time.
// This browser knows the cart that the order was made of, which shows everything; a link from a mail shows the way of the goods.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { Empty, ProblemView, Show } from '../kit/states.tsx';
import { When } from '../kit/When.tsx';
import { cartOf } from './basket.ts';
import { emptyCard, faultsOf, tokenOf } from './CardForm.tsx';
import { Sum } from './parts.tsx';
import { MeansOfPayment, type Means } from './PaymentStep.tsx';
import { Link, to } from './route.tsx';
import forms from './checkout.module.css';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

type Order = Schemas['OrderView'];

export function OrderPage({ id }: { id: string }) {
  const cart = cartOf(id);
  return (
    <div className={classes['narrow']}>{cart === undefined ? <Tracked id={id} /> : <Own id={id} cart={cart} />}</div>
  );
}

function Own({ id, cart }: { id: string; cart: string }) {
  const query = useQuery({
    queryKey: ['shop', 'order', id],
    queryFn: () => ok(api.GET('/api/orders/carts/{id}/order', { params: { path: { id: cart } } })),
    meta: { live: [`orders:${id}`] },
    // Payments of the slow kind move without anybody doing something.
    refetchInterval: ({ state }) => (state.data?.verdict === 'payment_pending' ? 2_000 : false),
  });
  return <Show query={query}>{(order) => <Whole order={order} cart={cart} />}</Show>;
}

function Whole({ order, cart }: { order: Order; cart: string }) {
  const t = useShopTexts();
  const tracking = useTracking(order.id);
  const steps = tracking.data?.steps ?? [{ state: 'placed', at: order.placed_at }];
  const mustPay = order.verdict === 'payment_declined' && order.state === 'awaiting_payment';
  return (
    <>
      <Verdict order={order} />
      {mustPay && <PayAgain order={order} cart={cart} />}
      {!mustPay && order.state !== 'cancelled' && <Steps pickUp={order.pick_up} state={order.state} steps={steps} />}
      <section className={classes['panel']} aria-labelledby="goods">
        <h2 id="goods">{t('your.order')}</h2>
        <ul className={classes['plainList']}>
          {order.lines.map((line) => (
            <li key={`${line.product} ${line.site}`} className={classes['line']}>
              <span>
                {line.name}{' '}
                <span className="soft">
                  × <Quantity value={line.quantity} />
                </span>
              </span>
              <Money value={line.amounts.gross} />
            </li>
          ))}
        </ul>
        <Sum totals={order.totals} isFinal />
        <p className="soft">{order.payment_method === 'on_account' ? '' : t(`pay.${order.payment_method}`)}</p>
      </section>
      <CancelOrder order={order} cart={cart} />
      <p>
        <Link href={to.browse()}>{t('to.shop')}</Link>
      </p>
    </>
  );
}

const TONES = { placed: 'good', payment_pending: 'info', payment_declined: 'bad', cancelled: 'neutral' } as const;

function Verdict({ order }: { order: Order }) {
  const t = useShopTexts();
  const isOver = order.state === 'cancelled';
  const verdict = isOver ? 'cancelled' : order.verdict;
  const decline = order.payments.at(-1)?.decline;
  const known = decline === 'insufficient_funds' ? t('decline.insufficient_funds') : t('decline.declined');
  return (
    <section className={`${forms['verdict']} ${forms[TONES[verdict]]}`} role="status">
      <h1>{t(`verdict.${verdict}`)}</h1>
      <p>
        {t('order.number')} <strong className="figures">{order.number}</strong>
      </p>
      <p>
        {verdict === 'payment_declined' ? `${known} ` : ''}
        {t(`verdict.${verdict}.text`)}
        {verdict === 'payment_declined' && (
          <>
            {' '}
            {t('pay.until')} <When at={order.pay_until} exact />.
          </>
        )}
      </p>
    </section>
  );
}

function PayAgain({ order, cart }: { order: Order; cart: string }) {
  const t = useShopTexts();
  const client = useQueryClient();
  const [means, setMeans] = useState<Means>('card');
  const [card, setCard] = useState(emptyCard);
  const [isTried, setTried] = useState(false);
  const pay = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/orders/carts/{id}/pay', {
          params: { path: { id: cart } },
          body: { payment_method: means, payment_token: means === 'on_delivery' ? '' : tokenOf(card) },
        }),
      ),
    onSuccess: (next) => client.setQueryData(['shop', 'order', order.id], next),
  });
  return (
    <form
      noValidate
      className={classes['panel']}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (means === 'on_delivery' || Object.keys(faultsOf(card)).length === 0) pay.mutate();
      }}
    >
      <MeansOfPayment means={means} card={card} isTried={isTried} onMeans={setMeans} onCard={setCard} />
      {pay.error !== null && <ProblemView error={pay.error} />}
      <button
        type="submit"
        className={`${classes['button']} ${classes['first']} ${classes['full']}`}
        disabled={pay.isPending}
      >
        {t('pay.again')} · <Money value={order.due} />
      </button>
    </form>
  );
}

/** How far each state of an order, and of its goods on the way, has come. */
const FAR: Record<string, number> = {
  awaiting_payment: 0,
  placed: 0,
  confirmed: 1,
  releasing: 1,
  released: 2,
  handed_over: 2,
  failed: 2,
  delivered: 3,
};

function Steps({
  pickUp,
  state,
  steps,
}: {
  pickUp: boolean;
  state: string;
  steps: readonly { state: string; at: string }[];
}) {
  const t = useShopTexts();
  const names = pickUp
    ? (['placed', 'confirmed', 'fetched'] as const)
    : (['placed', 'confirmed', 'under-way', 'delivered'] as const);
  const far = Math.max(FAR[state] ?? 0, ...steps.map((step) => FAR[step.state] ?? 0));
  const reached = Math.min(far, names.length - 1);
  const at = (index: number) => steps.find((step) => FAR[step.state] === index)?.at;
  return (
    <ol className={`${classes['panel']} ${forms['progress']}`} aria-label={t('progress')}>
      {names.map((name, index) => {
        const time = at(index);
        return (
          <li key={name} data-done={index <= reached} aria-current={index === reached ? 'step' : undefined}>
            <span>{t(`step.${name}`)}</span>
            {time !== undefined && index <= reached && (
              <span className="soft">
                <When at={time} />
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function useTracking(id: string) {
  return useQuery({
    queryKey: ['shop', 'tracking', id],
    queryFn: async () => {
      try {
        return await ok(api.GET('/api/delivery/tracking/{order}', { params: { path: { order: id } } }));
      } catch (error) {
        // Before the goods are handed over there is nothing to track.
        if (isProblem(error, 'kit/not-found')) return null;
        throw error;
      }
    },
    meta: { live: [`orders:${id}`] },
  });
}

function Tracked({ id }: { id: string }) {
  const t = useShopTexts();
  const query = useTracking(id);
  return (
    <Show query={query}>
      {(tracking) =>
        tracking === null ? (
          <Empty
            title={t('tracking.none')}
            text={t('tracking.none.text')}
            action={
              <Link className={classes['button']} href={to.browse()}>
                {t('to.shop')}
              </Link>
            }
          />
        ) : (
          <>
            <h1>
              {t('order.number')} <span className="figures">{tracking.number}</span>
            </h1>
            <Steps pickUp={tracking.pick_up} state={tracking.state} steps={tracking.steps} />
            <Link href={to.browse()}>{t('to.shop')}</Link>
          </>
        )
      }
    </Show>
  );
}

function CancelOrder({ order, cart }: { order: Order; cart: string }): ReactNode {
  const t = useShopTexts();
  const client = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const cancel = useMutation({
    mutationFn: () => ok(api.POST('/api/orders/carts/{id}/cancel', { params: { path: { id: cart } } })),
    onSuccess: (next) => client.setQueryData(['shop', 'order', order.id], next),
  });
  if (!['awaiting_payment', 'placed', 'confirmed'].includes(order.state)) return null;
  return (
    <div className={forms['cancel']}>
      {isAsked ? (
        <>
          <p>{t('cancel.sure')}</p>
          <button
            type="button"
            className={`${classes['button']} ${classes['danger']}`}
            disabled={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            {t('cancel.yes')}
          </button>
          <button type="button" className={classes['button']} onClick={() => setAsked(false)}>
            {t('cancel.no')}
          </button>
        </>
      ) : (
        <button type="button" className={classes['plain']} onClick={() => setAsked(true)}>
          {t('cancel')}
        </button>
      )}
      {cancel.error !== null && <ProblemView error={cancel.error} />}
    </div>
  );
}
