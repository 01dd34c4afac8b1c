// Two people changed one product: what each made of it, and two ways on.
import { Button, Group, Table, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { Panel } from '../kit/DetailPage.tsx';
import { Status } from '../kit/Status.tsx';
import { differences, draftOf, type Draft, type Field, type Product } from './product-form.ts';
import { useCatalogTexts } from './texts.ts';

export interface ConflictProps {
  base: Product;
  mine: Draft;
  theirs: Product;
  onResolve: (keep: 'mine' | 'theirs') => void;
}

export function Conflict({ base, mine, theirs, onResolve }: ConflictProps) {
  const t = useCatalogTexts();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  const other = draftOf(theirs);
  const found = differences(draftOf(base), mine, other);
  const isDisputed = found.some((each) => each.mine && each.theirs);
  const field = (name: Field) => {
    switch (name) {
      case 'tax_class':
        return t('tax');
      case 'names':
      case 'custom':
      case 'refs':
      case 'status':
      case 'packs':
      case 'barcodes':
      case 'attributes':
        return t(`field.${name}`);
      case 'name':
      case 'number':
      case 'brand':
      case 'maker':
      case 'category':
      case 'unit':
      case 'description':
        return t(name);
    }
  };
  return (
    <div ref={place} tabIndex={-1} role="alert">
      <Panel title={t('stale.title')}>
        <Text size="sm">{isDisputed ? t('stale.text') : t('stale.same')}</Text>
        <Table my="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('stale.field')}</Table.Th>
              <Table.Th>{t('stale.yours')}</Table.Th>
              <Table.Th>{t('stale.theirs')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.map((each) => (
              <Table.Tr key={each.field}>
                <Table.Td>
                  {field(each.field)} {each.mine && each.theirs && <Status tone="warning">{t('stale.both')}</Status>}
                </Table.Td>
                <Table.Td>
                  <Value of={mine[each.field]} isKept={each.mine} />
                </Table.Td>
                <Table.Td>
                  <Value of={other[each.field]} isKept={each.theirs} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Group justify="flex-end">
          {isDisputed && (
            <Button variant="default" onClick={() => onResolve('theirs')}>
              {t('stale.take')}
            </Button>
          )}
          <Button onClick={() => onResolve('mine')}>{t('stale.keep')}</Button>
        </Group>
      </Panel>
    </div>
  );
}

/** A field's value in a line; what was changed stands out. */
function Value({ of, isKept }: { of: unknown; isKept: boolean }) {
  const t = useCatalogTexts();
  const text = written(of);
  return (
    <span className={isKept ? undefined : 'soft'} style={{ fontWeight: isKept ? 650 : undefined }}>
      {text === '' ? t('stale.empty') : text}
    </span>
  );
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.map(written).join('; ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, each]) => `${name}: ${written(each)}`)
      .join(', ');
  }
  return String(value);
}
