// Checkout in two steps: how it comes to the customer, then what it costs and how it is paid.
import { useCart } from './basket.ts';
import { Show } from '../kit/states.tsx';
import { NothingInIt } from './CartPage.tsx';
import { DeliveryStep } from './DeliveryStep.tsx';
import { PaymentStep } from './PaymentStep.tsx';
import { Link, to } from './route.tsx';
import forms from './checkout.module.css';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

export function CheckoutPage({ step }: { step: 'delivery' | 'payment' }) {
  const t = useShopTexts();
  const query = useCart();
  return (
    <div className={classes['narrow']}>
      <h1>{t('checkout')}</h1>
      <Show query={query}>
        {(cart) => {
          if (cart === null || cart.lines.length === 0) return <NothingInIt />;
          const isReady = cart.delivery_method !== undefined && cart.delivery_method !== null;
          const now = isReady ? step : 'delivery';
          return (
            <>
              <ol className={forms['steps']}>
                <li aria-current={now === 'delivery' ? 'step' : undefined}>
                  {now === 'payment' ? (
                    <Link href={to.checkout('delivery')}>{t('step.delivery')}</Link>
                  ) : (
                    t('step.delivery')
                  )}
                </li>
                <li aria-current={now === 'payment' ? 'step' : undefined}>{t('step.payment')}</li>
              </ol>
              {now === 'delivery' ? <DeliveryStep cart={cart} /> : <PaymentStep cart={cart} />}
            </>
          );
        }}
      </Show>
    </div>
  );
}
