// Who is calling: type a name, a number or a mail address, arrows, Enter. The last choice makes a new customer of what was typed.
import { Loader, TextInput } from '@mantine/core';
import { api, ok, type Schemas } from '../api/client.ts';
import { Status } from '../kit/Status.tsx';
import { useFinder } from './finder.ts';
import { useContactTexts } from './texts.ts';

type Row = Schemas['CustomerRow'];
const MOST = 6;

export function FindCustomer({ onFound, onNew }: { onFound: (row: Row) => void; onNew: (typed: string) => void }) {
  const t = useContactTexts();
  const finder = useFinder<Row>({
    key: ['customers', 'search'],
    find: async (query) =>
      (await ok(api.GET('/api/customers', { params: { query: { query, limit: MOST } } }))).customers,
    onChoose: (row, typed) => (row === undefined ? onNew(typed) : onFound(row)),
    hasLast: true,
    // A caller says who they are before anything else.
    isFocused: true,
  });
  return (
    <div>
      <TextInput
        {...finder.field}
        label={t('phone.find')}
        placeholder={t('phone.find.hint')}
        rightSection={finder.isFetching ? <Loader size="xs" /> : null}
      />
      {finder.isOpen && (
        <ul {...finder.list} aria-label={t('phone.find')}>
          {finder.rows.map((row, index) => (
            <li key={row.id} {...finder.option(index)}>
              <span>
                {row.name} {row.status === 'blocked' && <Status tone="bad">{t('phone.blocked')}</Status>}{' '}
                <span className="soft">{[row.phone, row.email].filter((each) => each != null).join(', ')}</span>
              </span>
              <span className="soft">{t('customer.orders', { n: row.orders })}</span>
            </li>
          ))}
          <li {...finder.option(finder.rows.length)}>{t('phone.new-customer', { typed: finder.text })}</li>
        </ul>
      )}
    </div>
  );
}
