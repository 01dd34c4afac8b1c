// Where the goods go instead: the way of delivery, the store where they are fetched, who gets them and at which address.
import { Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCountries } from '../kit/countries.ts';
import { useLeaving } from '../kit/leaving.ts';
import { ProblemView } from '../kit/states.tsx';
import { sitesQuery, type Site } from '../session/sites.ts';
import { useNamed } from '../texts/named.ts';
import classes from './contact.module.css';
import { useContactTexts } from './texts.ts';

type Sheet = Schemas['OrderSheet'];

/** Delivery as it shall be. */
export interface DeliveryWish {
  method: string;
  pickUp: boolean;
  site: string | undefined;
  name: string;
  phone: string;
  email: string;
  street: string;
  city: string;
  postcode: string;
  /** Absent: where the retailer is at home. */
  country: string | undefined;
}

export function deliveryOf(order: Sheet): DeliveryWish {
  const { contact } = order;
  return {
    method: order.delivery_method,
    pickUp: order.pick_up,
    site: order.pick_up ? order.site : undefined,
    name: contact?.name ?? '',
    phone: contact?.phone ?? '',
    email: contact?.email ?? '',
    street: (contact?.address ?? []).join(', '),
    city: contact?.city ?? '',
    postcode: contact?.postcode ?? '',
    country: contact?.country ?? undefined,
  };
}

/** What is to be sent of it, to an address at `home` where no country was chosen; absent when nothing is other than before. */
export function editedDelivery(
  order: Sheet,
  wish: DeliveryWish,
  home: string | undefined,
): Schemas['EditDelivery'] | undefined {
  const was = deliveryOf(order);
  const typed = (['name', 'phone', 'email', 'street', 'city', 'postcode'] as const).some(
    (field) => wish[field].trim() !== was[field],
  );
  const isElsewhere = wish.country !== was.country;
  const contact = {
    name: wish.name.trim(),
    phone: filled(wish.phone),
    email: filled(wish.email),
    // Lines that nobody touched stay as they were.
    address:
      wish.street.trim() === was.street
        ? (order.contact?.address ?? [])
        : wish.street.trim() === ''
          ? []
          : [wish.street.trim()],
    city: filled(wish.city),
    postcode: filled(wish.postcode),
    country: wish.country ?? (wish.pickUp ? null : (home ?? null)),
    language: order.contact?.language ?? null,
  };
  const edit = {
    ...(wish.method === was.method ? {} : { method: wish.method }),
    ...(wish.pickUp && wish.site !== undefined && wish.site !== was.site ? { site: wish.site } : {}),
    ...(typed || isElsewhere ? { contact } : {}),
  };
  return Object.keys(edit).length === 0 ? undefined : edit;
}

function filled(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

export function useMethods() {
  return useQuery({
    queryKey: ['orders', 'delivery methods'],
    queryFn: async () => (await ok(api.GET('/api/orders/delivery-methods'))).methods,
    staleTime: 60_000,
    meta: { live: [] },
  });
}

export interface EditDeliveryProps {
  wish: DeliveryWish;
  onChange: (wish: DeliveryWish) => void;
  focused: boolean;
  /** Without a heading of its own. */
  isPlain?: boolean;
  /** What is wanted: a store says whether it has all of it now. */
  lines?: readonly { product: string; quantity: Schemas['Quantity'] }[];
}

export function EditDelivery(props: EditDeliveryProps) {
  const { wish, onChange } = props;
  const t = useContactTexts();
  const named = useNamed();
  const leaving = useLeaving();
  const first = useRef<HTMLInputElement>(null);
  const methods = useMethods();
  const sites = useQuery(sitesQuery);
  const stores = (sites.data ?? []).filter((site) => site.pick_up && site.open);
  const countries = useCountries() ?? [];
  const hours = useQuery({
    queryKey: ['delivery', 'places'],
    queryFn: async () => (await ok(api.GET('/api/delivery/pick-up-sites'))).sites,
    enabled: wish.pickUp,
    staleTime: 300_000,
  });
  const lines = props.lines ?? [];
  const products = lines.map((line) => line.product);
  const stock = useQuery({
    queryKey: ['inventory', 'availability', 'everywhere', products],
    queryFn: () => ok(api.POST('/api/inventory/availability', { body: { products, sites: [] } })),
    enabled: wish.pickUp && products.length > 0,
    placeholderData: (earlier) => earlier,
  });
  const says = (site: Site) => {
    if (lines.length === 0 || stock.data === undefined) return site.name;
    const places = stock.data.lines.filter((each) => each.site === site.id);
    const hasAll = lines.every((line) => {
      const place = places.find((each) => each.product === line.product);
      return (place?.available.milli ?? 0) >= line.quantity.milli;
    });
    return t(hasAll ? 'delivery.has-all' : 'delivery.lacks', { name: site.name });
  };
  const offered = (methods.data ?? []).filter((method) => method.offered || method.code === wish.method);
  const isReady = methods.data !== undefined;
  useEffect(() => {
    if (!props.focused || !isReady) return;
    first.current?.focus();
    first.current?.scrollIntoView({ block: 'center' });
  }, [props.focused, isReady]);
  const choose = (code: string | null) => {
    const method = offered.find((each) => each.code === code);
    if (method === undefined) return;
    onChange({
      ...wish,
      method: method.code,
      pickUp: method.pick_up,
      site: method.pick_up ? (wish.site ?? stores[0]?.id) : wish.site,
    });
  };
  const field = (name: 'name' | 'phone' | 'email' | 'street' | 'city' | 'postcode') => (
    <TextInput
      label={t(`contact.${name}`)}
      value={wish[name]}
      autoComplete="off"
      type={name === 'phone' ? 'tel' : name === 'email' ? 'email' : 'text'}
      onChange={(event) => onChange({ ...wish, [name]: event.currentTarget.value })}
    />
  );
  return (
    <>
      {props.isPlain !== true && <h3 style={{ marginTop: 'var(--space-4)' }}>{t('delivery')}</h3>}
      {methods.error !== null && <ProblemView error={methods.error} />}
      <div className={classes['fields']}>
        <Select
          ref={first}
          label={t('delivery.method')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          description={leaving(wish.method)}
          data={offered.map((method) => ({ value: method.code, label: named(method) }))}
          value={wish.method === '' ? null : wish.method}
          allowDeselect={false}
          onChange={choose}
        />
        {wish.pickUp && (
          <Select
            label={t('delivery.pick-up')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            description={hours.data?.find((each) => each.site === wish.site)?.hours}
            data={stores.map((site) => ({ value: site.id, label: says(site) }))}
            value={wish.site ?? null}
            allowDeselect={false}
            searchable={stores.length > 8}
            onChange={(site) => site !== null && onChange({ ...wish, site })}
          />
        )}
        {field('name')}
        {field('phone')}
        {field('email')}
        {!wish.pickUp && field('street')}
        {!wish.pickUp && field('city')}
        {!wish.pickUp && field('postcode')}
        {!wish.pickUp && countries.length > 1 && (
          <Select
            label={t('country')}
            data={countries.map(({ code, name }) => ({ value: code, label: name }))}
            value={wish.country ?? countries[0]?.code ?? null}
            allowDeselect={false}
            onChange={(country) => country !== null && onChange({ ...wish, country })}
          />
        )}
      </div>
    </>
  );
}
