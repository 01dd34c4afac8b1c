// By which lists is sold, and at which tax rates.
import { Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { Empty, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { usePriceLists, useTaxClasses } from './Prices.tsx';
import { useCatalogTexts } from './texts.ts';

export function PriceListsPage() {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const lists = usePriceLists();
  const taxes = useTaxClasses();
  return (
    <DetailPage title={t('lists.title')} back={{ to: paths.products, label: t('title') }}>
      <Panel title={t('lists')} flush>
        <Show query={lists}>
          {(found) =>
            found.length === 0 ? (
              <Empty />
            ) : (
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('name')}</Table.Th>
                    <Table.Th>{t('lists.code')}</Table.Th>
                    <Table.Th>{t('lists.currency')}</Table.Th>
                    <Table.Th>{t('lists.tax')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {found.map((list) => (
                    <Table.Tr key={list.code}>
                      <Table.Td>
                        <Link to={paths.priceList(list.code)}>{list.name}</Link>{' '}
                        {list.standard === true && <Status tone="good">{t('lists.standard')}</Status>}
                      </Table.Td>
                      <Table.Td>{list.code}</Table.Td>
                      <Table.Td>{list.currency}</Table.Td>
                      <Table.Td>{t(list.with_tax ? 'set.with-tax' : 'set.without-tax')}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )
          }
        </Show>
      </Panel>
      <Panel title={t('taxes')} flush>
        <Show query={taxes}>
          {(found) => (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('name')}</Table.Th>
                  <Table.Th>{t('lists.code')}</Table.Th>
                  <Table.Th ta="end">{t('taxes.rate')}</Table.Th>
                  <Table.Th>{t('taxes.since')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((each) => (
                  <Table.Tr key={`${each.code} ${each.valid_from ?? ''}`}>
                    <Table.Td>{each.name}</Table.Td>
                    <Table.Td>{each.code}</Table.Td>
                    <Table.Td ta="end" className="figures">
                      {(each.rate / 100).toLocaleString(code)} %
                    </Table.Td>
                    <Table.Td>
                      {each.valid_from === undefined || each.valid_from.startsWith('1970-') ? (
                        t('taxes.always')
                      ) : (
                        <When at={each.valid_from} exact />
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Show>
      </Panel>
    </DetailPage>
  );
}
