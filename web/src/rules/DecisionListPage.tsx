// The decisions that people of the business may change: which version answers, since when, what waits.
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { useShownBy } from '../kit/moment.tsx';
import { ListPage } from '../kit/ListPage.tsx';
import { Empty } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { useNow, When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useCompanyClock } from '../session/company.ts';
import { instant } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useRuleTexts } from './texts.ts';

type Row = Schemas['DecisionRow'];

export function DecisionListPage() {
  const t = useRuleTexts();
  const code = locale(useLanguage());
  const now = useNow();
  const clock = useCompanyClock();
  const shownBy = useShownBy(clock);
  const query = useQuery({
    queryKey: ['rules', 'list'],
    queryFn: async () => (await ok(api.GET('/api/rules/decisions', {}))).decisions,
  });
  const columns: Column<Row>[] = [
    { key: 'title', header: t('decision'), cell: (row) => row.title, width: 'minmax(200px, 3fr)', phone: 'title' },
    { key: 'key', header: t('key'), cell: (row) => <code>{row.key}</code>, width: 'minmax(140px, 1fr)' },
    {
      key: 'version',
      header: t('in-force'),
      cell: (row) =>
        row.in_force == null ? (
          <Status tone="warning">{t('none')}</Status>
        ) : (
          <Status tone="good">{t('in-force.version', { n: row.in_force })}</Status>
        ),
      width: '150px',
      phone: 'side',
    },
    {
      key: 'since',
      header: t('since'),
      cell: (row) => (row.in_force_since == null ? '' : <When at={row.in_force_since} zone={clock.zone} />),
      width: '140px',
      phone: 'below',
    },
    {
      key: 'next',
      header: '',
      cell: (row) => {
        if (row.scheduled != null) {
          const when = instant(row.scheduled.valid_from, code, now, clock.zone);
          return <Status tone="info">{t('scheduled', { n: row.scheduled.version, when })}</Status>;
        }
        const waits = row.latest > (row.in_force ?? 0);
        return waits && <Status tone="warning">{t('waiting', { n: row.latest })}</Status>;
      },
      width: 'minmax(160px, 1fr)',
      phone: 'belowSide',
    },
    {
      key: 'shipped',
      header: '',
      cell: (row) => <span className="soft">{t(row.shipped ? 'shipped' : 'own')}</span>,
      width: '110px',
    },
  ];
  return (
    <ListPage
      title={t('title')}
      above={[t('text'), shownBy].filter((each) => each !== undefined).join(' ')}
      pages={{
        rows: query.data ?? [],
        isPending: query.isPending,
        error: query.error,
        refetch: query.refetch,
        more: undefined,
      }}
      columns={columns}
      rowKey={(row) => row.key}
      href={(row) => paths.decision(row.key)}
      empty={<Empty title={t('empty')} />}
    />
  );
}
