// An order as its customer sees it: the verdict in words, the steps as they happen, paying again, cancelling in time.
// This browser knows the cart that the order was made of, which shows everything; a link from a mail shows how far it is, elsewhere too.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { Money } from '../kit/Money.tsx';
import { useProductNames } from '../kit/products.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { Empty, ProblemView, Show } from '../kit/states.tsx';
import { When } from '../kit/When.tsx';
import { cartOf } from './basket.ts';
import { sitesQuery } from './goods.ts';
import { emptyCard, faultsOf, tokenOf } from './CardForm.tsx';
import { Field, Sum } from './parts.tsx';
import { MeansOfPayment, type Means } from './PaymentStep.tsx';
import { Steps, useProgress } from './progress.tsx';
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
  const progress = useProgress(order.id).data;
  const name = useProductNames(order.lines.map((line) => line.product));
  const mustPay = order.verdict === 'payment_declined' && order.state === 'awaiting_payment';
  return (
    <>
      <Verdict order={order} />
      {mustPay && <PayAgain order={order} cart={cart} />}
      {!mustPay && progress !== undefined && <Steps of={progress} />}
      {order.pick_up && ['placed', 'confirmed'].includes(order.state) && <Store site={order.site} />}
      <section className={classes['panel']} aria-labelledby="goods">
        <h2 id="goods">{t('your.order')}</h2>
        <ul className={classes['plainList']}>
          {order.lines.map((line) => (
            <li key={`${line.product} ${line.site}`} className={classes['line']}>
              <span>
                {name(line.product, line.name)}{' '}
                <span className="soft">
                  × <Quantity value={line.quantity} />
                </span>
              </span>
              <Money value={line.amounts.gross} />
            </li>
          ))}
        </ul>
        <Sum totals={order.totals} isFinal />
        {order.payment_method !== 'on_account' && order.totals.total.minor > 0 && (
          <p className="soft">{t(`pay.${order.payment_method}`)}</p>
        )}
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
        {t(verdict === 'placed' && order.contact?.email == null ? 'verdict.placed.here' : `verdict.${verdict}.text`)}
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

/** What a link from a mail shows where the order was not placed in this browser: everything but what is personal. */
function Tracked({ id }: { id: string }) {
  const t = useShopTexts();
  const query = useProgress(id);
  const name = useProductNames((query.data?.lines ?? []).map((line) => line.product));
  if (isProblem(query.error, 'kit/not-found', 'kit/invalid'))
    return (
      <Empty
        title={t('tracking.none')}
        text={t('tracking.none.text')}
        action={
          <Link className={classes['button']} href={to.browse()}>
            {t('to.shop')}
          </Link>
        }
      />
    );
  return (
    <Show query={query}>
      {(progress) => (
        <>
          <Standing of={progress} />
          <Steps of={progress} />
          {progress.pick_up && progress.cancellable && <Store site={progress.site} />}
          <section className={classes['panel']} aria-labelledby="goods">
            <h2 id="goods">{t('your.order')}</h2>
            <ul className={classes['plainList']}>
              {progress.lines.map((line) => (
                <li key={line.product} className={classes['line']}>
                  <span>
                    {name(line.product, line.name)}{' '}
                    <span className="soft">
                      × <Quantity value={line.quantity} />
                    </span>
                  </span>
                  <Money value={line.total} />
                </li>
              ))}
            </ul>
            <Sum totals={progress.totals} isFinal />
          </section>
          {progress.cancellable && <Withdraw id={id} />}
          <p>
            <Link href={to.browse()}>{t('to.shop')}</Link>
          </p>
        </>
      )}
    </Show>
  );
}

/** Where the order stands, in a sentence. */
function Standing({ of }: { of: Schemas['OrderProgress'] }) {
  const t = useShopTexts();
  const isOver = of.state === 'cancelled' || of.state === 'returned';
  const tone = isOver ? 'neutral' : of.state === 'awaiting_payment' ? 'info' : 'good';
  const word = of.state === 'releasing' ? 'confirmed' : of.state;
  const title =
    of.pick_up && (word === 'released' || word === 'delivered') ? t('standing.fetched') : t(`standing.${word}`);
  return (
    <section className={`${forms['verdict']} ${forms[tone]}`} role="status">
      <h1>{title}</h1>
      <p>
        {t('order.number')} <strong className="figures">{of.number}</strong>
      </p>
      {of.state === 'returned' && <p>{t('standing.returned.text')}</p>}
      {(of.state === 'placed' || of.state === 'confirmed') && <p>{t('verdict.placed.text')}</p>}
    </section>
  );
}

/** The store where the goods are fetched. */
function Store({ site }: { site: string }) {
  const t = useShopTexts();
  const { data } = useQuery(sitesQuery);
  const store = data?.find((each) => each.id === site);
  if (store === undefined) return null;
  return (
    <section className={classes['panel']}>
      <h2>{t('fetch.at')}</h2>
      <p>
        <strong>{store.name}</strong>
        <br />
        {store.address.join(', ')}
      </p>
    </section>
  );
}

/** Cancels without the browser in which it was ordered: the number or the address of the order shows that it is theirs. */
function Withdraw({ id }: { id: string }) {
  const t = useShopTexts();
  const client = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const [reach, setReach] = useState('');
  const withdraw = useMutation({
    mutationFn: () =>
      ok(api.POST('/api/orders/{id}/withdraw', { params: { path: { id } }, body: { reach: reach.trim() } })),
    onSuccess: (next) => client.setQueryData(['shop', 'progress', id], next),
  });
  if (!isAsked)
    return (
      <div className={forms['cancel']}>
        <button type="button" className={classes['plain']} onClick={() => setAsked(true)}>
          {t('cancel')}
        </button>
      </div>
    );
  return (
    <form
      className={classes['panel']}
      onSubmit={(event) => {
        event.preventDefault();
        if (reach.trim() !== '') withdraw.mutate();
      }}
    >
      <h2>{t('cancel.sure')}</h2>
      <Field name="reach" label={t('withdraw.reach')} value={reach} onChange={setReach} hint={t('withdraw.hint')} />
      {withdraw.error !== null &&
        (isProblem(withdraw.error, 'orders/contact-mismatch') ? (
          <p role="alert">{t('withdraw.mismatch')}</p>
        ) : (
          <ProblemView error={withdraw.error} />
        ))}
      <div className={forms['cancel']}>
        <button
          type="submit"
          className={`${classes['button']} ${classes['danger']}`}
          disabled={withdraw.isPending || reach.trim() === ''}
        >
          {t('cancel.yes')}
        </button>
        <button type="button" className={classes['button']} onClick={() => setAsked(false)}>
          {t('cancel.no')}
        </button>
      </div>
    </form>
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
