// The first step: brought or fetched, by whom and where. The fee is known when this is sent.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCountries } from '../kit/countries.ts';
import { useLeaving } from '../kit/leaving.ts';
import { Money } from '../kit/Money.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { useLanguage } from '../texts/language.ts';
import type { Cart } from './basket.ts';
import { named, sitesQuery, useOffers, useOpeningHours } from './goods.ts';
import { Choices, Field } from './parts.tsx';
import { go, to } from './route.tsx';
import forms from './checkout.module.css';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

type Method = Schemas['DeliveryMethod'];

interface Form {
  name: string;
  phone: string;
  email: string;
  street: string;
  city: string;
  postcode: string;
  country: string;
}

const EMPTY: Form = { name: '', phone: '', email: '', street: '', city: '', postcode: '', country: '' };
/** What was typed stays in this tab only. */
const KEPT = 'backroom.checkout';

function kept(): { form: Form; method: string | undefined; site: string | undefined } {
  try {
    const value = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}') as {
      form?: Partial<Form>;
      method?: string;
      site?: string;
    };
    return { form: { ...EMPTY, ...value.form }, method: value.method, site: value.site };
  } catch {
    return { form: EMPTY, method: undefined, site: undefined };
  }
}

export function DeliveryStep({ cart }: { cart: Cart }) {
  const methods = useQuery({
    queryKey: ['shop', 'methods'],
    queryFn: () => ok(api.GET('/api/orders/delivery-methods')),
    staleTime: 60_000,
  });
  return (
    <Show query={methods}>
      {({ methods: all }) => <DeliveryForm cart={cart} methods={all.filter((each) => each.offered)} />}
    </Show>
  );
}

function DeliveryForm({ cart, methods }: { cart: Cart; methods: readonly Method[] }) {
  const t = useShopTexts();
  const client = useQueryClient();
  const language = useLanguage();
  const leaving = useLeaving();
  const [start] = useState(kept);
  const [code, setCode] = useState(cart.delivery_method ?? start.method ?? methods[0]?.code);
  const [site, setSite] = useState(start.site);
  const [form, setForm] = useState(start.form);
  const [isTried, setTried] = useState(false);
  const countries = useCountries();
  // What was chosen before may be delivered to no longer.
  const country = (countries?.find((each) => each.code === form.country) ?? countries?.[0])?.code;
  const method = methods.find((each) => each.code === code);
  const isFetched = method?.pick_up === true;
  const wrong = faults(form, isFetched, site);
  const error = (name: keyof typeof wrong) => {
    const fault = wrong[name];
    return isTried && fault !== undefined ? t(fault) : undefined;
  };
  const change = (name: keyof Form) => (value: string) => setForm({ ...form, [name]: value });
  const send = useMutation({
    mutationFn: () =>
      ok(
        api.PUT('/api/orders/carts/{id}/delivery', {
          params: { path: { id: cart.id } },
          body: {
            method: code ?? '',
            contact: contact(form, isFetched, language, country),
            site: isFetched ? (site ?? null) : null,
          },
        }),
      ),
    onSuccess: (next) => {
      client.setQueryData(['shop', 'cart'], next);
      go(to.checkout('payment'));
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        sessionStorage.setItem(KEPT, JSON.stringify({ form, method: code, site }));
        const [first] = Object.keys(wrong);
        if (first !== undefined) document.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
        else send.mutate();
      }}
    >
      <div className={classes['panel']}>
        <Choices
          name="method"
          legend={t('how')}
          value={code}
          onChange={setCode}
          options={methods.map((each) => ({
            value: each.code,
            label: named(each, language),
            note: [t(each.pick_up ? 'how.pick_up' : 'how.delivery'), leaving(each.code)]
              .filter((said) => said !== undefined)
              .join(' · '),
            side:
              each.fee.minor === 0 ? (
                <span>{t('free')}</span>
              ) : (
                <span className="soft">
                  {t('from')} <Money value={each.fee} />
                </span>
              ),
          }))}
        />
      </div>
      {isFetched && <StoreChoice cart={cart} value={site} onChange={setSite} error={error('site')} />}
      <div className={classes['panel']}>
        <h2>{isFetched ? t('who.fetches') : t('who')}</h2>
        <Field
          name="name"
          label={t('name')}
          value={form.name}
          onChange={change('name')}
          autoComplete="name"
          error={error('name')}
        />
        <Field
          name="phone"
          label={t('phone')}
          value={form.phone}
          onChange={change('phone')}
          type="tel"
          inputMode="tel"
          autoComplete="tel"
          error={error('phone')}
          hint={t('phone.hint')}
          maxLength={40}
        />
        <Field
          name="email"
          label={t('email')}
          value={form.email}
          onChange={change('email')}
          type="email"
          inputMode="email"
          autoComplete="email"
          error={error('email')}
          hint={t('email.hint')}
          optional
        />
        {!isFetched && (
          <>
            {countries !== undefined && countries.length > 1 && (
              <div className={forms['field']}>
                <label htmlFor="country">{t('country')}</label>
                <select
                  id="country"
                  name="country"
                  value={country}
                  autoComplete="country"
                  onChange={(event) => change('country')(event.currentTarget.value)}
                >
                  {countries.map((each) => (
                    <option key={each.code} value={each.code}>
                      {each.name}
                    </option>
                  ))}
                </select>
              </div>
            )}
            <Field
              name="street"
              label={t('street')}
              value={form.street}
              onChange={change('street')}
              autoComplete="street-address"
              error={error('street')}
            />
            <div className={forms['two']}>
              <Field
                name="postcode"
                label={t('postcode')}
                value={form.postcode}
                onChange={change('postcode')}
                autoComplete="postal-code"
                inputMode="numeric"
                error={error('postcode')}
                maxLength={16}
              />
              <Field
                name="city"
                label={t('city')}
                value={form.city}
                onChange={change('city')}
                autoComplete="address-level2"
                error={error('city')}
                maxLength={100}
              />
            </div>
          </>
        )}
      </div>
      {send.error !== null && <ProblemView error={send.error} />}
      <button
        type="submit"
        className={`${classes['button']} ${classes['first']} ${classes['full']}`}
        disabled={send.isPending || code === undefined || countries === undefined}
      >
        {t('on.to.payment')}
      </button>
    </form>
  );
}

function contact(form: Form, isFetched: boolean, language: string, country: string | undefined): Schemas['Contact'] {
  const base = {
    language,
    name: form.name.trim(),
    phone: form.phone.trim(),
    ...(form.email.trim() === '' ? {} : { email: form.email.trim() }),
  };
  if (isFetched) return base;
  return {
    ...base,
    address: [form.street.trim()],
    city: form.city.trim(),
    postcode: form.postcode.trim(),
    ...(country === undefined ? {} : { country }),
  };
}

type FaultText =
  'wrong.name' | 'wrong.phone' | 'wrong.email' | 'wrong.street' | 'wrong.postcode' | 'wrong.city' | 'wrong.site';

/** What is missing, by field, in the order of the page. */
function faults(
  form: Form,
  isFetched: boolean,
  site: string | undefined,
): Partial<Record<keyof Form | 'site', FaultText>> {
  const found: Partial<Record<keyof Form | 'site', FaultText>> = {};
  if (isFetched && site === undefined) found.site = 'wrong.site';
  if (form.name.trim() === '') found.name = 'wrong.name';
  if (form.phone.replace(/\D/g, '').length < 7) found.phone = 'wrong.phone';
  if (form.email.trim() !== '' && !/^\S+@\S+\.\S+$/.test(form.email.trim())) found.email = 'wrong.email';
  if (!isFetched) {
    if (form.street.trim() === '') found.street = 'wrong.street';
    if (form.postcode.trim() === '') found.postcode = 'wrong.postcode';
    if (form.city.trim() === '') found.city = 'wrong.city';
  }
  return found;
}

/** The stores where one can fetch it; those that have everything now come first. */
function StoreChoice(props: {
  cart: Cart;
  value: string | undefined;
  onChange: (site: string) => void;
  error: string | undefined;
}) {
  const t = useShopTexts();
  const sites = useQuery(sitesQuery);
  const hours = useOpeningHours();
  const offers = useOffers(props.cart.lines.map((line) => line.product));
  const lines = props.cart.lines;
  const places = offers.data?.places ?? [];
  const here = (site: string) =>
    lines.filter((line) => {
      const place = places.find((each) => each.site === site && each.product === line.product);
      return (place?.available.milli ?? 0) >= line.quantity.milli;
    }).length;
  const stores = (sites.data ?? [])
    .filter((site) => site.pick_up && site.open)
    .sort((a, b) => here(b.id) - here(a.id) || a.name.localeCompare(b.name));
  return (
    <div className={classes['panel']}>
      <Choices
        name="site"
        legend={t('which.store')}
        value={props.value}
        onChange={props.onChange}
        options={stores.map((store) => ({
          value: store.id,
          label: store.name,
          note: [store.address.join(', '), hours(store.id)].filter((each) => each !== '').join(' · '),
          side:
            offers.data === undefined ? undefined : here(store.id) === lines.length ? (
              <span className={classes['in']}>{t('store.all')}</span>
            ) : (
              <span className={classes['few']}>{t('store.some')}</span>
            ),
        }))}
      />
      {props.error !== undefined && (
        <p role="alert" className={forms['wrong']}>
          {props.error}
        </p>
      )}
    </div>
  );
}
