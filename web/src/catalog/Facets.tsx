// Where in the tree the list stands and what is below, each with its count; and the brands that are left.
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import { useNamed } from '../texts/named.ts';
import { locale, useLanguage } from '../texts/language.ts';
import classes from './catalog.module.css';
import { useCatalogTexts } from './texts.ts';

export interface FacetsProps {
  found: Schemas['SearchView'] | undefined;
  category: string;
  brand: string;
  onCategory: (id: string) => void;
  onBrand: (name: string) => void;
}

export function Facets(props: FacetsProps) {
  const t = useCatalogTexts();
  const named = useNamed();
  const place = useQuery({
    queryKey: ['catalog', 'category', props.category],
    queryFn: () => ok(api.GET('/api/catalog/categories/{id}', { params: { path: { id: props.category } } })),
    enabled: props.category !== '',
    staleTime: 300_000,
  });
  const path = props.category === '' ? [] : (place.data?.path ?? []);
  return (
    <>
      <section>
        <h2>{t('categories')}</h2>
        <ul className={classes['tree']}>
          <Entry label={t('categories.all')} isHere={props.category === ''} onChoose={() => props.onCategory('')} />
          {path.map((each, depth) => (
            <Entry
              key={each.id}
              label={named(each)}
              depth={depth + 1}
              isHere={each.id === props.category}
              onChoose={() => props.onCategory(each.id)}
            />
          ))}
          {props.found?.categories.map((each) => (
            <Entry
              key={each.id}
              label={named(each)}
              count={each.count}
              depth={path.length + 1}
              onChoose={() => props.onCategory(each.id)}
            />
          ))}
        </ul>
      </section>
      <section>
        <h2>{t('brands')}</h2>
        <ul className={classes['tree']}>
          {props.brand !== '' && <Entry label={t('brand.none')} onChoose={() => props.onBrand('')} />}
          {props.found?.brands
            .filter(({ name }) => name !== '')
            .map((each) => (
              <Entry
                key={each.name}
                label={each.name}
                count={each.count}
                isHere={each.name === props.brand}
                onChoose={() => props.onBrand(each.name)}
              />
            ))}
        </ul>
      </section>
    </>
  );
}

function Entry(props: { label: string; count?: number; depth?: number; isHere?: boolean; onChoose: () => void }) {
  const code = locale(useLanguage());
  return (
    <li>
      <button
        type="button"
        className={classes['entry']}
        aria-current={props.isHere === true ? 'true' : undefined}
        style={{ paddingInlineStart: `calc(var(--space-2) + ${props.depth ?? 0} * var(--space-3))` }}
        onClick={props.onChoose}
      >
        <span>{props.label}</span>
        {props.count !== undefined && <span className="figures">{props.count.toLocaleString(code)}</span>}
      </button>
    </li>
  );
}
