// One message as it was written, and how sending it went.
import { Anchor, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ask, ifMatch, ok } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { DetailPage, Facts, Panel } from '../kit/DetailPage.tsx';
import { usePageId } from '../kit/pageId.ts';
import { ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { stateOf, type Message } from './message.ts';
import { useMailPage } from './sink.ts';
import { useMessageTexts } from './texts.ts';

export function MessagePage() {
  const id = usePageId();
  const query = useQuery({
    queryKey: ['notices', id],
    queryFn: () => ask<Message>('GET', `/api/notices/messages/${encodeURIComponent(id)}`),
  });
  return <Show query={query}>{(message) => <MessageScreen message={message} />}</Show>;
}

function sendAgain(message: Message) {
  const params = { path: { id: message.id }, header: ifMatch(message.version) };
  return ok(api.POST('/api/notices/messages/{id}/resend', { params }));
}

function MessageScreen({ message }: { message: Message }) {
  const t = useMessageTexts();
  const may = useMay();
  const page = useMailPage()(message);
  const order = useQuery({
    queryKey: ['orders', message.order],
    queryFn: () => ok(api.GET('/api/orders/{id}', { params: { path: { id: message.order } } })),
  });
  const again = useCommand({
    run: () => sendAgain(message),
    touches: [['notices']],
    onDone: () => toast('good', t('again.done')),
  });
  return (
    <DetailPage
      title={message.subject ?? t(`template.${message.template}`)}
      back={{ to: paths.messages, label: t('back') }}
      status={
        <Status tone={message.state === 'failed' ? 'bad' : message.state === 'sent' ? 'good' : 'info'}>
          {t(`state.${stateOf(message)}`)}
        </Status>
      }
      actions={
        <>
          {page !== undefined && (
            <Button component="a" href={page} target="_blank" rel="noreferrer" variant="default">
              {t('mail')}
            </Button>
          )}
          {may('notices.send') && (
            <Button variant="default" loading={again.isPending} onClick={() => again.mutate(undefined)}>
              {t('again')}
            </Button>
          )}
        </>
      }
    >
      {again.error !== null && <ProblemView error={again.error} />}
      <Panel title={t('sending')}>
        <Facts
          of={[
            [t('to'), message.to],
            [
              t('order'),
              <Anchor key="order" component={Link} to={paths.order(message.order)}>
                {order.data === undefined ? '…' : t('order.number', { number: order.data.number })}
              </Anchor>,
            ],
            [t('when'), <When key="when" at={message.sent_at ?? message.created_at} both />],
            [t('attempts'), message.attempts > 1 && message.attempts],
            [t('reason'), message.reason],
          ]}
        />
      </Panel>
      <Panel title={t('text')}>
        <pre style={{ whiteSpace: 'pre-wrap', fontFamily: 'var(--font)' }}>{message.text}</pre>
      </Panel>
    </DetailPage>
  );
}
