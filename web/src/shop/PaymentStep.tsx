// The second step: what it comes to, how it is paid, and the one button that orders.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { Money } from '../kit/Money.tsx';
import { useProductNames } from '../kit/products.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { ProblemView } from '../kit/states.tsx';
import { leaveCart, type Cart } from './basket.ts';
import { CardForm, emptyCard, faultsOf, tokenOf, type Card } from './CardForm.tsx';
import { Choices, Sum } from './parts.tsx';
import { go, Link, to } from './route.tsx';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

export type Means = 'card' | 'card_now' | 'on_delivery';
const MEANS: readonly Means[] = ['card', 'card_now', 'on_delivery'];

/** The means of payment and, for a card, its form. Also used when a payment was declined. */
export function MeansOfPayment(props: {
  means: Means;
  card: Card;
  isTried: boolean;
  onMeans: (means: Means) => void;
  onCard: (card: Card) => void;
}) {
  const t = useShopTexts();
  return (
    <>
      <Choices
        name="means"
        legend={t('pay.how')}
        value={props.means}
        onChange={props.onMeans}
        options={MEANS.map((means) => ({ value: means, label: t(`pay.${means}`), note: t(`pay.${means}.note`) }))}
      />
      {props.means !== 'on_delivery' && <CardForm card={props.card} isTried={props.isTried} onChange={props.onCard} />}
    </>
  );
}

export function PaymentStep({ cart }: { cart: Cart }) {
  const t = useShopTexts();
  const client = useQueryClient();
  const name = useProductNames(cart.lines.map((line) => line.product));
  const [means, setMeans] = useState<Means>('card');
  const [card, setCard] = useState(emptyCard);
  const [isTried, setTried] = useState(false);
  // What costs nothing is not paid; it is noted as to be paid at the door, where nothing is due either.
  const isFree = cart.totals.total.minor === 0;
  const byCard = means !== 'on_delivery' && !isFree;
  const place = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/orders/carts/{id}/place', {
          params: { path: { id: cart.id } },
          body: { payment_method: isFree ? 'on_delivery' : means, payment_token: byCard ? tokenOf(card) : '' },
        }),
      ),
    onSuccess: (order) => {
      leaveCart(order.id, cart.id);
      client.setQueryData(['shop', 'order', order.id], order);
      client.setQueryData(['shop', 'cart'], null);
      go(to.order(order.id), { replace: true });
    },
    onError: (error) => {
      // Prices or stock are others now: the page shows what is true.
      if (isProblem(error, 'orders/price-changed', 'orders/cart-changed', 'orders/out-of-stock')) {
        void client.invalidateQueries({ queryKey: ['shop'] });
      }
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        const [first] = byCard ? Object.keys(faultsOf(card)) : [];
        if (first !== undefined) document.querySelector<HTMLElement>(`[name="card-${first}"]`)?.focus();
        else place.mutate();
      }}
    >
      <div className={classes['panel']}>
        <h2>{t('your.order')}</h2>
        <ul className={classes['plainList']}>
          {cart.lines.map((line) => (
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
        <Sum totals={cart.totals} isFinal />
        <Link href={to.cart}>{t('change.cart')}</Link>
      </div>
      <div className={classes['panel']}>
        {isFree ? (
          <p>{t('pay.nothing')}</p>
        ) : (
          <MeansOfPayment means={means} card={card} isTried={isTried} onMeans={setMeans} onCard={setCard} />
        )}
      </div>
      {place.error !== null && <ProblemView error={place.error} />}
      <button
        type="submit"
        className={`${classes['button']} ${classes['first']} ${classes['full']}`}
        disabled={place.isPending}
      >
        {place.isPending ? (
          t('placing')
        ) : (
          <>
            {t('place')} · <Money value={cart.totals.total} />
          </>
        )}
      </button>
    </form>
  );
}
