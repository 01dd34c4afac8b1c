// The cart: lines that can be changed, what they come to, the way to the checkout.
import { Money } from '../kit/Money.tsx';
import { useProductNames } from '../kit/products.ts';
import { Empty, ProblemView, Show } from '../kit/states.tsx';
import { useCart, useSetLine, type Cart } from './basket.ts';
import { useOffers } from './goods.ts';
import { Available, Stepper, Sum } from './parts.tsx';
import { Link, to } from './route.tsx';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

export function CartPage() {
  const t = useShopTexts();
  const query = useCart();
  return (
    <div className={classes['narrow']}>
      <h1>{t('cart')}</h1>
      <Show query={query}>
        {(cart) => (cart === null || cart.lines.length === 0 ? <NothingInIt /> : <Lines cart={cart} />)}
      </Show>
    </div>
  );
}

export function NothingInIt() {
  const t = useShopTexts();
  return (
    <Empty
      title={t('cart.empty')}
      text={t('cart.empty.text')}
      action={
        <Link className={classes['button']} href={to.browse()}>
          {t('to.shop')}
        </Link>
      }
    />
  );
}

function Lines({ cart }: { cart: Cart }) {
  const t = useShopTexts();
  const set = useSetLine();
  const name = useProductNames(cart.lines.map((line) => line.product));
  const offers = useOffers(cart.lines.map((line) => line.product));
  return (
    <>
      {set.error !== null && <ProblemView error={set.error} />}
      <ul className={`${classes['panel']} ${classes['lines']}`}>
        {cart.lines.map((line) => {
          const available = offers.data?.offers.get(line.product)?.available;
          return (
            <li key={line.product} className={classes['cartLine']}>
              <div className={classes['cardText']}>
                <Link href={to.product(line.product)} className={classes['cardName']}>
                  {name(line.product, line.name)}
                </Link>
                <span className="soft">
                  <Money value={line.unit_price} />
                  {line.quantity.unit !== 'pcs' && t(`per.${line.quantity.unit}`)}
                </span>
                {offers.data !== undefined && (available?.milli ?? 0) < line.quantity.milli && (
                  <Available quantity={available} />
                )}
              </div>
              <Stepper
                name={name(line.product, line.name)}
                quantity={line.quantity}
                {...(available === undefined ? {} : { most: available.milli })}
                onChange={(milli) =>
                  set.mutate({
                    product: line.product,
                    quantity: milli <= 0 ? undefined : { milli, unit: line.quantity.unit },
                  })
                }
              />
              <strong className={classes['lineTotal']}>
                <Money value={line.total} />
              </strong>
              <button
                type="button"
                className={classes['plain']}
                aria-label={t('remove', { name: name(line.product, line.name) })}
                onClick={() => set.mutate({ product: line.product, quantity: undefined })}
              >
                ×
              </button>
            </li>
          );
        })}
      </ul>
      <div className={classes['panel']}>
        <Sum totals={cart.totals} isFinal={false} />
        <Link className={`${classes['button']} ${classes['first']} ${classes['full']}`} href={to.checkout('delivery')}>
          {t('to.checkout')}
        </Link>
      </div>
    </>
  );
}
