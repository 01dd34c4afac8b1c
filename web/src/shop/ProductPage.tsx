// One product: what it is, what it costs, whether it can be brought and in which store it lies.
import { useQuery } from '@tanstack/react-query';
import { Loading, Show } from '../kit/states.tsx';
import { locale, useLanguage } from '../texts/language.ts';
import { named, sitesQuery, useOffers, useProduct, type Product, type Quantity } from './goods.ts';
import { Adder, Available, PriceTag } from './parts.tsx';
import { Link, to } from './route.tsx';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

export function ProductPage({ id }: { id: string }) {
  const query = useProduct(id);
  return (
    <div className={classes['narrow']}>
      <Show query={query}>{(product) => <Details product={product} />}</Show>
    </div>
  );
}

function Details({ product }: { product: Product }) {
  const t = useShopTexts();
  const language = useLanguage();
  const offers = useOffers([product.id]);
  const offer = offers.data?.offers.get(product.id);
  const name = named(product, language);
  return (
    <article className={classes['product']}>
      <nav className={classes['where']} aria-label={t('where')}>
        <Link href={to.browse()}>{t('all')}</Link>
        {product.path.map((each) => (
          <Link key={each.id} href={to.browse({ category: each.id })}>
            {named(each, language)}
          </Link>
        ))}
      </nav>
      <div className={classes['panel']}>
        {product.brand !== '' && (
          <Link className="soft" href={to.browse({ brand: product.brand })}>
            {product.brand}
          </Link>
        )}
        <h1>{name}</h1>
        {offers.data === undefined ? (
          <Loading rows={2} />
        ) : (
          <div className={classes['buy']}>
            <PriceTag price={offer?.price} unit={product.unit} large />
            {offer?.price !== undefined && (
              <Adder product={product.id} name={name} unit={product.unit} available={offer.available} wide />
            )}
          </div>
        )}
        {product.description !== '' && <p>{product.description}</p>}
      </div>
      {offers.data !== undefined && <Places lines={offers.data.places.filter((line) => line.product === product.id)} />}
      <Attributes product={product} />
    </article>
  );
}

/** For delivery as a whole, and store by store for fetching it oneself. */
function Places({ lines }: { lines: readonly { site: string; available: Quantity }[] }) {
  const t = useShopTexts();
  const sites = useQuery(sitesQuery);
  const stores = (sites.data ?? []).filter((site) => site.pick_up && site.open);
  const at = (site: string) => lines.find((line) => line.site === site)?.available;
  const whole = lines.reduce<Quantity | undefined>(
    (sum, line) => (sum === undefined ? line.available : { ...sum, milli: sum.milli + line.available.milli }),
    undefined,
  );
  const inStore = stores.filter((store) => (at(store.id)?.milli ?? 0) > 0);
  return (
    <section className={classes['panel']} aria-labelledby="places">
      <h2 id="places">{t('places')}</h2>
      <p className={classes['line']}>
        <span>{t('for.delivery')}</span>
        <Available quantity={whole} />
      </p>
      <details open={inStore.length <= 6}>
        <summary>{t('in.stores', { n: inStore.length })}</summary>
        <ul className={classes['plainList']}>
          {stores.map((store) => (
            <li key={store.id} className={classes['line']}>
              <span>
                {store.name}
                <br />
                <span className="soft">{store.address.join(', ')}</span>
              </span>
              <Available quantity={at(store.id)} />
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

const MM_PER_CM = 10;

function Attributes({ product }: { product: Product }) {
  const t = useShopTexts();
  const language = useLanguage();
  const number = new Intl.NumberFormat(locale(language), { maximumFractionDigits: 1 });
  const each = product.packs.find((pack) => pack.level === 'each');
  const rows: [string, string][] = [];
  for (const definition of product.definitions) {
    const value = product.attributes[definition.key];
    if (value === undefined) continue;
    const text =
      typeof value === 'boolean' ? t(value ? 'yes' : 'no') : typeof value === 'number' ? number.format(value) : value;
    rows.push([named(definition, language), typeof definition.unit === 'string' ? `${text} ${definition.unit}` : text]);
  }
  if (each !== undefined && each.weight_g > 0) rows.push([t('weight'), `${number.format(each.weight_g)} ${t('g')}`]);
  if (each !== undefined && each.width_mm > 0) {
    const sides = [each.width_mm, each.height_mm, each.depth_mm].map((mm) => number.format(mm / MM_PER_CM));
    rows.push([t('size'), `${sides.join(' × ')} ${t('cm')}`]);
  }
  rows.push([t('number'), product.number]);
  return (
    <section className={classes['panel']} aria-labelledby="attributes">
      <h2 id="attributes">{t('attributes')}</h2>
      <dl className={classes['attributes']}>
        {rows.map(([name, value]) => (
          <div key={name} className={classes['line']}>
            <dt className="soft">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
