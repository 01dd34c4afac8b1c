// One product: what it is, its codes and packs, what it costs and why, and where it is.
import { Button, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { api, ok } from '../api/client.ts';
import { DetailPage, Facts, Panel } from '../kit/DetailPage.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { locale, LANGUAGES, useLanguage } from '../texts/language.ts';
import { useNamed } from '../texts/named.ts';
import { useNavigate } from '@tanstack/react-router';
import classes from './catalog.module.css';
import type { Product } from './product-form.ts';
import { Prices, useTaxClasses } from './Prices.tsx';
import { Stock } from './Stock.tsx';
import { useCatalogTexts } from './texts.ts';

export function ProductPage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['catalog', id],
    queryFn: () => ok(api.GET('/api/catalog/products/{id}', { params: { path: { id } } })),
    // A product may have been set in bulk, which names no single one.
    meta: { live: ['catalog'] },
  });
  return <Show query={query}>{(product) => <View product={product} />}</Show>;
}

function View({ product }: { product: Product }) {
  const t = useCatalogTexts();
  const may = useMay();
  const named = useNamed();
  const navigate = useNavigate();
  const canEdit = may('catalog.edit');
  useShortcut('e', t('edit'), () => void navigate({ to: paths.productEdit(product.id) }), canEdit);
  return (
    <DetailPage
      title={named(product)}
      back={{ to: paths.products, label: t('title') }}
      status={<Status tone={product.status === 'active' ? 'good' : 'neutral'}>{t(`state.${product.status}`)}</Status>}
      actions={
        canEdit && (
          <Button
            component={Link}
            to={paths.productEdit(product.id)}
            variant="default"
            leftSection={<Pencil size={16} aria-hidden />}
          >
            {t('edit')}
            <Keys keys="e" />
          </Button>
        )
      }
      side={
        <>
          <Prices product={product} />
          <Stock product={product.id} />
        </>
      }
    >
      <What product={product} />
      <Attributes product={product} />
      <Codes product={product} />
      <Packs product={product} />
    </DetailPage>
  );
}

function What({ product }: { product: Product }) {
  const t = useCatalogTexts();
  const taxes = useTaxClasses();
  const named = useNamed();
  const names = LANGUAGES.filter(({ code }) => product.names[code] !== undefined);
  return (
    <Panel title={t('what')}>
      <Facts
        of={[
          [t('number'), product.number],
          [
            t('category'),
            product.path.map((each, at) => (
              <span key={each.id}>
                {at > 0 && ' › '}
                <Link to={paths.products} search={{ category: each.id }}>
                  {named(each)}
                </Link>
              </span>
            )),
          ],
          [
            t('brand'),
            product.brand !== '' && (
              <Link to={paths.products} search={{ brand: product.brand }}>
                {product.brand}
              </Link>
            ),
          ],
          [t('maker'), product.maker],
          [t('unit'), t(`unit.${product.unit}`)],
          [t('tax'), taxes.data?.find((each) => each.code === product.tax_class)?.name ?? product.tax_class],
          [
            t('names'),
            names.length > 0 && names.map(({ code }) => `${code}: ${product.names[code] ?? ''}`).join(' · '),
          ],
          [t('refs'), product.refs.map(({ system, id }) => `${system}: ${id}`).join(' · ')],
          ...Object.entries(product.custom).map(([key, value]) => [key, String(value)] as const),
        ]}
      />
      {product.description !== '' && (
        <Text mt="sm" className={classes['text'] ?? ''}>
          {product.description}
        </Text>
      )}
    </Panel>
  );
}

function Attributes({ product }: { product: Product }) {
  const t = useCatalogTexts();
  const named = useNamed();
  const code = locale(useLanguage());
  const text = (value: boolean | number | string) =>
    typeof value === 'boolean'
      ? t(value ? 'yes' : 'no')
      : typeof value === 'number'
        ? value.toLocaleString(code)
        : value;
  return (
    <Panel title={t('attributes')}>
      {product.definitions.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('attributes.none')}
        </Text>
      ) : (
        <Facts
          of={product.definitions.map((each) => {
            const value = product.attributes[each.key];
            if (value === undefined) {
              const isMissing = product.missing.includes(each.key);
              return [named(each), isMissing && <Status tone="warning">{t('attributes.missing')}</Status>];
            }
            return [named(each), `${text(value)}${each.unit == null ? '' : `\u00a0${each.unit}`}`];
          })}
        />
      )}
    </Panel>
  );
}

function Codes({ product }: { product: Product }) {
  const t = useCatalogTexts();
  return (
    <Panel title={t('barcodes')} flush>
      {product.barcodes.length === 0 ? (
        <Text size="sm" c="dimmed" p="sm">
          {t('barcodes.none')}
        </Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('barcode')}</Table.Th>
              <Table.Th>{t('kind')}</Table.Th>
              <Table.Th>{t('pack')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {product.barcodes.map((each) => (
              <Table.Tr key={each.code}>
                <Table.Td className="figures">{each.code}</Table.Td>
                <Table.Td>{t(`kind.${each.kind ?? 'gtin'}`)}</Table.Td>
                <Table.Td>{t(`pack.${each.pack ?? 'each'}`)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}

function Packs({ product }: { product: Product }) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const weight = (grams: number) =>
    grams < 1000 ? `${grams.toLocaleString(code)} g` : `${(grams / 1000).toLocaleString(code)} kg`;
  return (
    <Panel title={t('packs')} flush>
      {product.packs.length === 0 ? (
        <Text size="sm" c="dimmed" p="sm">
          {t('packs.none')}
        </Text>
      ) : (
        <Table.ScrollContainer minWidth={460}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('pack')}</Table.Th>
                <Table.Th ta="end">{t('pack.pieces')}</Table.Th>
                <Table.Th ta="end">{t('pack.size')}</Table.Th>
                <Table.Th ta="end">{t('pack.weight')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {product.packs.map((each) => (
                <Table.Tr key={each.level}>
                  <Table.Td>{t(`pack.${each.level}`)}</Table.Td>
                  <Table.Td ta="end">{each.pieces.toLocaleString(code)}</Table.Td>
                  <Table.Td ta="end" className="figures">
                    {[each.width_mm, each.height_mm, each.depth_mm].map((mm) => mm.toLocaleString(code)).join(' × ')} mm
                  </Table.Td>
                  <Table.Td ta="end" className="figures">
                    {weight(each.weight_g)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}
