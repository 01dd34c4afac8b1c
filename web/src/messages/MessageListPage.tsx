// What customers were told, and whether it reached the mail server.
import { ActionIcon, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { MailOpen } from 'lucide-react';
import { api, ask, ok } from '../api/client.ts';
import type { Column } from '../kit/DataTable.tsx';
import { ChoiceFilter, SearchFilter, useUrlState } from '../kit/filters.tsx';
import { ListPage, usePages } from '../kit/ListPage.tsx';
import { Empty } from '../kit/states.tsx';
import { Status, type Tone } from '../kit/Status.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { STATES, stateOf, type Message } from './message.ts';
import { useMailPage } from './sink.ts';
import { useMessageTexts } from './texts.ts';

const TONES = { waiting: 'info', sent: 'good', failed: 'bad', skipped: 'neutral' } as const satisfies Record<
  string,
  Tone
>;

/** A number on paper, or the beginning of an address. */
const isNumber = (text: string) => /^[\d-]+$/.test(text);

/** What is asked for by the words that were typed; absent when there is no order of that number. */
async function found(q: string): Promise<Record<string, string> | undefined> {
  if (q === '') return {};
  if (!isNumber(q)) return { to: q };
  const { orders } = await ok(api.GET('/api/orders', { params: { query: { q, limit: 5 } } }));
  const order = orders.find((each) => each.number === q);
  return order === undefined ? undefined : { order: order.id };
}

export function MessageListPage() {
  const t = useMessageTexts();
  const may = useMay();
  const url = useUrlState({ state: '', q: '' });
  const state = STATES.find((each) => each === url.value.state);
  const pages = usePages<Message>(['notices', 'list', url.value], async (after) => {
    const asked = await found(url.value.q.trim());
    if (asked === undefined) return { rows: [] };
    const words = new URLSearchParams({ limit: '100', ...asked });
    if (state !== undefined) words.set('state', state);
    if (after !== undefined) words.set('after', after);
    const page = await ask<{ messages: Message[]; next?: string }>('GET', `/api/notices/messages?${words.toString()}`);
    return { rows: page.messages, next: page.next };
  });
  const pageOf = useMailPage();
  const columns: Column<Message>[] = [
    {
      key: 'subject',
      header: t('subject'),
      cell: (row) => row.subject ?? t(`template.${row.template}`),
      width: 'minmax(200px, 3fr)',
      phone: 'title',
    },
    { key: 'to', header: t('to'), cell: (row) => row.to ?? '', width: 'minmax(160px, 2fr)', phone: 'below' },
    {
      key: 'when',
      header: t('when'),
      cell: (row) => <When at={row.sent_at ?? row.created_at} />,
      width: '130px',
      phone: 'side',
    },
    {
      key: 'state',
      header: t('state'),
      cell: (row) => <Status tone={TONES[stateOf(row)]}>{t(`state.${stateOf(row)}`)}</Status>,
      width: '120px',
      phone: 'belowSide',
    },
    {
      key: 'mail',
      header: '',
      cell: (row) => {
        const page = pageOf(row);
        return (
          page !== undefined && (
            <ActionIcon
              component="a"
              href={page}
              target="_blank"
              rel="noreferrer"
              size="sm"
              aria-label={t('mail.of', { subject: row.subject ?? '' })}
              onClick={(event) => event.stopPropagation()}
            >
              <MailOpen size={15} aria-hidden />
            </ActionIcon>
          )
        );
      },
      width: '48px',
      align: 'end',
    },
  ];
  return (
    <ListPage
      title={t('title')}
      actions={
        may('notices.edit') && (
          <Button component={Link} to={paths.templates} variant="default">
            {t('templates')}
          </Button>
        )
      }
      filters={
        <>
          <SearchFilter label={t('search')} value={url.value.q} onChange={(q) => url.set({ q })} />
          <ChoiceFilter
            label={t('state')}
            value={url.value.state}
            options={STATES.map((value) => ({ value, label: t(`state.${value}`) }))}
            onChange={(value) => url.set({ state: value })}
          />
        </>
      }
      filtered={url.filtered}
      pages={pages}
      columns={columns}
      rowKey={(row) => row.id}
      href={(row) => paths.message(row.id)}
      empty={<Empty title={t('empty')} text={t('empty.text')} />}
    />
  );
}
