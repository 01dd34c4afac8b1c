// Search and browse: what was found, narrowed by category and brand; more comes on demand.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Empty, Loading, ProblemView } from '../kit/states.tsx';
import { useLanguage } from '../texts/language.ts';
import { named, search, useCategory, useOffers, type Category, type Found } from './goods.ts';
import { Adder, Available, PriceTag } from './parts.tsx';
import { go, Link, to } from './route.tsx';
import classes from './shop.module.css';
import { useShopTexts } from './texts.ts';

interface Filters {
  q: string;
  category: string;
  brand: string;
}

export function BrowsePage(filters: Filters) {
  const t = useShopTexts();
  const query = useInfiniteQuery({
    queryKey: ['shop', 'search', filters],
    queryFn: ({ pageParam }) => search(filters, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const pages = query.data?.pages ?? [];
  const first = pages[0];
  return (
    <div className={classes['browse']}>
      <h1 className="unseen">{filters.q === '' ? t('shop') : t('results.of', { q: filters.q })}</h1>
      {first !== undefined && <Facets filters={filters} categories={first.categories} brands={first.brands} />}
      <section aria-busy={query.isFetching} className={query.isPlaceholderData ? classes['old'] : ''}>
        <Where filters={filters} />
        {first !== undefined && (
          <p className={classes['count']} role="status">
            {t('results', { n: first.total })}
            {first.relaxed && first.total > 0 && <> · {t('relaxed')}</>}
          </p>
        )}
        {query.isPending && <Loading rows={8} />}
        {query.error !== null && <ProblemView error={query.error} onRetry={() => void query.refetch()} />}
        {first?.total === 0 && <NothingFound filters={filters} />}
        {pages.map((page, at) => (
          <Cards key={page.items[0]?.id ?? at} items={page.items} />
        ))}
        {query.hasNextPage && (
          <button
            type="button"
            className={`${classes['button']} ${classes['centre']}`}
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t('show.more')}
          </button>
        )}
      </section>
    </div>
  );
}

function NothingFound({ filters }: { filters: Filters }) {
  const t = useShopTexts();
  return (
    <Empty
      title={filters.q === '' ? t('none') : t('none.of', { q: filters.q })}
      text={t('none.text')}
      action={
        <Link className={classes['button']} href={to.browse()}>
          {t('to.shop')}
        </Link>
      }
    />
  );
}

/** The way down to this category, and the brand that narrows the list. */
function Where({ filters }: { filters: Filters }) {
  const t = useShopTexts();
  const language = useLanguage();
  const { data } = useCategory(filters.category);
  const way = filters.category === '' ? [] : (data?.path ?? []);
  if (way.length === 0 && filters.brand === '') return null;
  return (
    <nav className={classes['where']} aria-label={t('where')}>
      <Link href={to.browse({ q: filters.q })}>{t('all')}</Link>
      {way.map((each) => (
        <Link
          key={each.id}
          href={to.browse({ ...filters, category: each.id, brand: '' })}
          aria-current={each.id === filters.category ? 'page' : undefined}
        >
          {named(each, language)}
        </Link>
      ))}
      {filters.brand !== '' && (
        <button
          type="button"
          className={classes['chip']}
          aria-pressed
          onClick={() => go(to.browse({ ...filters, brand: '' }))}
        >
          {filters.brand} ×
        </button>
      )}
    </nav>
  );
}

function Facets(props: { filters: Filters; categories: Category[]; brands: { name: string; count: number }[] }) {
  const t = useShopTexts();
  const language = useLanguage();
  const { filters } = props;
  const brands = filters.brand === '' ? props.brands : [];
  if (props.categories.length === 0 && brands.length === 0) return <div />;
  return (
    <nav className={classes['facets']} aria-label={t('narrow')}>
      {props.categories.length > 0 && (
        <>
          <h2>{t('categories')}</h2>
          <ul>
            {props.categories.map((each) => (
              <li key={each.id}>
                <Link className={classes['facet']} href={to.browse({ ...filters, category: each.id })}>
                  {named(each, language)} <span className="soft">{each.count}</span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      {brands.length > 1 && (
        <>
          <h2>{t('brands')}</h2>
          <ul>
            {brands.slice(0, 12).map((each) => (
              <li key={each.name}>
                <Link className={classes['facet']} href={to.browse({ ...filters, brand: each.name })}>
                  {each.name} <span className="soft">{each.count}</span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </nav>
  );
}

function Cards({ items }: { items: readonly Found[] }) {
  const offers = useOffers(items.map((item) => item.id));
  return (
    <ul className={classes['cards']}>
      {items.map((item) => (
        <Card key={item.id} item={item} offer={offers.data?.offers.get(item.id)} isKnown={offers.data !== undefined} />
      ))}
    </ul>
  );
}

type Offer = NonNullable<ReturnType<typeof useOffers>['data']>['offers'] extends Map<string, infer O> ? O : never;

function Card({ item, offer, isKnown }: { item: Found; offer: Offer | undefined; isKnown: boolean }) {
  const language = useLanguage();
  const name = named(item, language);
  return (
    <li className={classes['card']}>
      <div className={classes['cardText']}>
        <Link href={to.product(item.id)} className={classes['cardName']}>
          {name}
        </Link>
        <span className="soft">
          {name.startsWith(item.brand) ? item.path.at(-1) : [item.brand, item.path.at(-1)].filter(Boolean).join(' · ')}
        </span>
        {isKnown && <Available quantity={offer?.available} />}
      </div>
      <div className={classes['cardBuy']}>
        {isKnown && <PriceTag price={offer?.price} unit={item.unit} />}
        {isKnown && offer?.price !== undefined && (
          <Adder product={item.id} name={name} unit={item.unit} available={offer.available} />
        )}
      </div>
    </li>
  );
}
