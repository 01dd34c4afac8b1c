// The shop's frame: name, search, language, cart; below it the page of the address.
import { useEffect, useRef, useState } from 'react';
import { OfflineBanner } from '../kit/states.tsx';
import { Toasts } from '../kit/toast.tsx';
import { LANGUAGES, setLanguage, useLanguage } from '../texts/language.ts';
import { useCart } from './basket.ts';
import { BrowsePage } from './BrowsePage.tsx';
import { CartPage } from './CartPage.tsx';
import { CheckoutPage } from './CheckoutPage.tsx';
import { OrderPage } from './OrderPage.tsx';
import { ProductPage } from './ProductPage.tsx';
import { go, Link, to, useRoute, type Route } from './route.tsx';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

export function App() {
  const route = useRoute();
  const t = useShopTexts();
  return (
    <>
      <a className={classes['skip']} href="#main">
        {t('skip')}
      </a>
      <OfflineBanner />
      <Top route={route} />
      <main id="main" tabIndex={-1} className={classes['main']}>
        <Page route={route} />
      </main>
      <footer className={classes['foot']}>{t('demo')}</footer>
      <Toasts />
    </>
  );
}

function Page({ route }: { route: Route }) {
  const t = useShopTexts();
  switch (route.page) {
    case 'browse':
      return <BrowsePage q={route.q} category={route.category} brand={route.brand} />;
    case 'product':
      return <ProductPage key={route.id} id={route.id} />;
    case 'cart':
      return <CartPage />;
    case 'checkout':
      return <CheckoutPage step={route.step} />;
    case 'order':
      return <OrderPage key={route.id} id={route.id} />;
    case 'missing':
      return (
        <div className={classes['narrow']}>
          <h1>{t('missing')}</h1>
          <p>
            <Link href={to.browse()}>{t('to.shop')}</Link>
          </p>
        </div>
      );
  }
}

function Top({ route }: { route: Route }) {
  const t = useShopTexts();
  const language = useLanguage();
  const { data: cart } = useCart();
  const count = cart?.lines.length ?? 0;
  const other = LANGUAGES.find(({ code }) => code !== language);
  return (
    <header className={classes['top']}>
      <div className={classes['bar']}>
        <Link href={to.browse()} className={classes['brand']}>
          <img src="/icon.svg" alt="" width={28} height={28} />
          {t('shop')}
        </Link>
        <Search q={route.page === 'browse' ? route.q : ''} isBrowsing={route.page === 'browse'} />
        {other !== undefined && (
          <button type="button" className={classes['plain']} lang={other.code} onClick={() => setLanguage(other.code)}>
            {other.name}
          </button>
        )}
        <Link href={to.cart} className={classes['cart']} aria-label={t('cart.count', { n: count })}>
          <svg
            viewBox="0 0 24 24"
            width={24}
            height={24}
            aria-hidden
            fill="none"
            stroke="currentColor"
            strokeWidth={2}
            strokeLinejoin="round"
          >
            <path d="M3 4h3l2.5 11h9L20 7H7" />
            <circle cx={10} cy={19} r={1.5} />
            <circle cx={16.5} cy={19} r={1.5} />
          </svg>
          {count > 0 && <span className={classes['badge']}>{count}</span>}
        </Link>
      </div>
    </header>
  );
}

const PAUSE_MS = 180;

/** Searches while one types; `/` leads here. */
function Search({ q, isBrowsing }: { q: string; isBrowsing: boolean }) {
  const t = useShopTexts();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(q);
  const [told, setTold] = useState(q);
  if (told !== q) {
    setTold(q);
    // What was typed last may have a space at its end that the address has not.
    if (text.trim() !== q) setText(q);
  }
  useEffect(() => {
    if (text.trim() === told.trim()) return undefined;
    const timer = window.setTimeout(() => {
      go(to.browse({ q: text.trim() }), { replace: isBrowsing && told !== '', stay: true });
    }, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text, told, isBrowsing]);
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key !== '/' || /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName)) return;
      event.preventDefault();
      field.current?.focus();
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
  return (
    <form
      role="search"
      className={classes['search']}
      onSubmit={(event) => {
        event.preventDefault();
        go(to.browse({ q: text.trim() }), { replace: isBrowsing });
        field.current?.blur();
      }}
    >
      <input
        ref={field}
        type="search"
        aria-label={t('search')}
        placeholder={t('search')}
        value={text}
        enterKeyHint="search"
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}
