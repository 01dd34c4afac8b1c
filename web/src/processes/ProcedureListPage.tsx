// The procedures there are: which version new ones follow, how many are under way, how many are stuck.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { ListPage } from '../kit/ListPage.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useProcessTexts } from './texts.ts';

type Row = Schemas['DefinitionView'] & { open: number; stuck: number };

/** Open incidents that are counted, at most. */
const MOST = 200;

export function ProcedureListPage() {
  const t = useProcessTexts();
  const query = useQuery({
    queryKey: ['processes', 'list', 'definitions'],
    queryFn: async (): Promise<Row[]> => {
      const [{ definitions }, { incidents }] = await Promise.all([
        ok(api.GET('/api/processes/definitions', {})),
        ok(api.GET('/api/processes/incidents', { params: { query: { state: 'open', limit: MOST } } })),
      ]);
      return definitions
        .filter((each) => each.is_active)
        .map((each) => ({
          ...each,
          open: definitions
            .filter((other) => other.key === each.key)
            .reduce((sum, other) => sum + other.open_instances, 0),
          stuck: incidents.filter(({ process }) => process === each.key).length,
        }));
    },
  });
  const columns: Column<Row>[] = [
    { key: 'name', header: t('procedure'), cell: (row) => row.name, width: 'minmax(180px, 2fr)', phone: 'title' },
    { key: 'key', header: t('key'), cell: (row) => <code>{row.key}</code>, width: 'minmax(140px, 1fr)' },
    {
      key: 'version',
      header: t('version'),
      cell: (row) => (
        <>
          {t('version.n', { n: row.number })} {row.shipped && <span className="soft">({t('shipped')})</span>}
        </>
      ),
      width: '180px',
      phone: 'below',
    },
    { key: 'since', header: t('since'), cell: (row) => <When at={row.deployed_at} />, width: '140px' },
    {
      key: 'open',
      header: t('open'),
      cell: (row) => <span className="figures">{row.open}</span>,
      width: '110px',
      align: 'end',
      phone: 'side',
      named: true,
    },
    {
      key: 'stuck',
      header: t('stuck'),
      cell: (row) =>
        row.stuck === 0 ? (
          <span className="soft">{t('incidents.none')}</span>
        ) : (
          <Link to={paths.incidents} onClick={(event) => event.stopPropagation()}>
            <Status tone="bad">{t('incidents', { n: row.stuck })}</Status>
          </Link>
        ),
      width: '170px',
      phone: 'belowSide',
    },
  ];
  return (
    <ListPage
      title={t('title')}
      above={t('text')}
      pages={{
        rows: query.data ?? [],
        isPending: query.isPending,
        error: query.error,
        refetch: query.refetch,
        more: undefined,
      }}
      columns={columns}
      rowKey={(row) => row.key}
      href={(row) => paths.procedure(row.key)}
      empty={<Empty title={t('empty')} />}
    />
  );
}
