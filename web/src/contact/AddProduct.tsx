// Finds a product to sell in addition: type, arrows, Enter. What is available of each stands beside it.
import { Loader, TextInput } from '@mantine/core';
import { api, ok, type Schemas } from '../api/client.ts';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { useNamed } from '../texts/named.ts';
import classes from './contact.module.css';
import { useFinder } from './finder.ts';
import { useContactTexts } from './texts.ts';

type Item = Schemas['SearchItem'];
const MOST = 8;

export interface AddProductProps {
  onAdd: (item: Item) => void;
  /** The typing begins here. */
  focused?: boolean;
  /** Says what each costs now. */
  withPrice?: boolean;
}

async function offered(q: string, withPrice: boolean) {
  const { items } = await ok(api.GET('/api/catalog/search', { params: { query: { q, limit: MOST } } }));
  const products = items.map((item) => item.id);
  const { totals } = await ok(api.POST('/api/inventory/availability', { body: { products, sites: [] } }));
  const { prices } = withPrice ? await ok(api.POST('/api/pricing/prices/ask', { body: { products } })) : { prices: [] };
  return items.map((item) => ({
    item,
    free: totals.find((total) => total.product === item.id)?.available,
    price: prices.find((price) => price.product === item.id)?.price,
  }));
}

export function AddProduct({ onAdd, focused = false, withPrice = false }: AddProductProps) {
  const t = useContactTexts();
  const named = useNamed();
  const finder = useFinder({
    key: ['catalog', 'search', 'to add', withPrice],
    find: (typed) => offered(typed, withPrice),
    onChoose: (row) => row !== undefined && onAdd(row.item),
    isFocused: focused,
  });
  return (
    <div>
      <TextInput
        {...finder.field}
        label={t('edit.add')}
        placeholder={t('edit.search')}
        rightSection={finder.isFetching ? <Loader size="xs" /> : null}
      />
      {finder.isEmpty && <p className="soft">{t('edit.found.none')}</p>}
      {finder.isOpen && (
        <ul {...finder.list} aria-label={t('edit.add')}>
          {finder.rows.map(({ item, free, price }, index) => (
            <li key={item.id} {...finder.option(index)}>
              <span>
                {named(item)} <span className="soft">{item.number}</span>
              </span>
              {price !== undefined && <Money value={price} />}
              <span className={free === undefined || free.milli <= 0 ? classes['short'] : 'soft'}>
                {free === undefined || free.milli <= 0 ? (
                  t('stock.none')
                ) : (
                  <>
                    {t('stock.everywhere')} <Quantity value={free} withPieces />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
