// Ten thousand invented rows, to see that a list stays quick.
import { useMemo, useState } from 'react';
import { DataTable, type Column } from '../kit/DataTable.tsx';
import { Money } from '../kit/Money.tsx';
import { Status, type Tone } from '../kit/Status.tsx';
import { useComponentTexts } from './texts.ts';

interface Sample {
  id: string;
  name: string;
  tone: Tone;
  minor: number;
}

const MANY = 10_000;
const TONES: readonly Tone[] = ['neutral', 'info', 'good', 'warning', 'bad'];

export function SampleList() {
  const t = useComponentTexts();
  const [marked, setMarked] = useState('');
  const rows = useMemo(
    () =>
      Array.from({ length: MANY }, (_, at): Sample => ({
        id: String(at + 1),
        name: `${t('row')} ${at + 1}`,
        tone: TONES[at % TONES.length] ?? 'neutral',
        minor: (at * 7919) % 100_000,
      })),
    [t],
  );
  const columns: Column<Sample>[] = [
    { key: 'name', header: t('name'), cell: (row) => row.name, phone: 'title' },
    { key: 'state', header: t('state'), cell: (row) => <Status tone={row.tone}>{row.tone}</Status>, phone: 'below' },
    {
      key: 'total',
      header: t('total'),
      cell: (row) => <Money value={{ minor: row.minor, currency: 'EUR' }} />,
      width: '110px',
      align: 'end',
      phone: 'side',
    },
  ];
  return (
    <DataTable
      label={t('list')}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      onOpen={(row) => setMarked(row.id)}
      marked={marked}
    />
  );
}
