// One call on one screen: the order, its goods and what is available of them, the customer and what they bought before, and what to
// do. Opening it claims it; while it is open the claim is renewed, and it goes back to the queue by itself when the screen is left.
import { Anchor, Button, Group, Stack, Table, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { DetailPage, Facts, Panel } from '../kit/DetailPage.tsx';
import { Money } from '../kit/Money.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { OrderStatus, Status } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useSiteName } from '../session/sites.ts';
import { Attempts, CallLater, CancelCall, ConfirmCall, GiveBack } from './call-actions.tsx';
import classes from './contact.module.css';
import { EditOrder } from './EditOrder.tsx';
import { Lines } from './lines.tsx';
import { Missing } from './Missing.tsx';
import { PayOtherwise } from './PayOtherwise.tsx';
import { Why } from './QueuePage.tsx';
import { Undelivered } from './Undelivered.tsx';
import { useContactTexts } from './texts.ts';

type Workspace = Schemas['CallWorkspace'];
const RENEW_MS = 60_000;

export function CallPage() {
  const id = usePageId();
  const claim = useCommand({
    run: () => ok(api.POST('/api/contact/calls/{id}/claim', { params: { path: { id } } })),
    touches: [['contact']],
  });
  const query = useQuery({
    queryKey: ['contact', id],
    queryFn: () => ok(api.GET('/api/contact/calls/{id}/workspace', { params: { path: { id } } })),
    meta: { live: [`contact:${id}`, 'orders', 'customers', 'processes'] },
    refetchInterval: (asked) =>
      asked.state.data !== undefined && asked.state.data.missing.length > 0 ? 3_000 : RENEW_MS,
  });
  const take = claim.mutate;
  useEffect(() => take(undefined), [id, take]);
  const yours = query.data?.call.yours === true;
  useEffect(() => {
    if (!yours) return undefined;
    const timer = window.setInterval(() => {
      void api.POST('/api/contact/calls/{id}/renew', { params: { path: { id } } });
    }, RENEW_MS);
    return () => window.clearInterval(timer);
  }, [id, yours]);
  return (
    <Show query={query} rows={10}>
      {(workspace) => (
        <CallScreen of={workspace} claimError={yours || workspace.call.state === 'closed' ? null : claim.error} />
      )}
    </Show>
  );
}

function CallScreen({ of, claimError }: { of: Workspace; claimError: unknown }) {
  const t = useContactTexts();
  const { call, order } = of;
  const isOpen = call.state !== 'closed';
  const canEdit = call.yours && (order?.state === 'placed' || order?.state === 'confirmed') && !order.being_edited;
  const [editing, setEditing] = useState<'goods' | 'delivery'>();
  useShortcut('e', t('edit.goods'), () => setEditing('goods'), canEdit && editing === undefined);
  useShortcut('d', t('edit.delivery'), () => setEditing('delivery'), canEdit && editing === undefined);
  const edit = (what: 'goods' | 'delivery') => (canEdit ? { onEdit: () => setEditing(what) } : {});
  return (
    <DetailPage
      title={t('call', { number: call.number ?? '…' })}
      back={{ to: paths.contact, label: t('back') }}
      status={
        <>
          {order !== undefined && order !== null && <OrderStatus state={order.state} />}
          <Why of={call} />
          {call.escalated && <Status tone="bad">{t('escalated')}</Status>}
        </>
      }
      actions={isOpen && editing === undefined && <Endings call={call} />}
      side={
        <>
          <Customer of={of} />
          {editing === undefined && <MoneyAndDelivery of={of} {...edit('delivery')} />}
        </>
      }
    >
      {!isOpen && call.outcome != null && <Text>{t('closed', { outcome: t(`outcome.${call.outcome}`) })}</Text>}
      {claimError !== null && claimError !== undefined && <ProblemView error={claimError} />}
      {call.suggestion != null && isOpen && <Status tone="warning">{t('cancel.suggested')}</Status>}
      {of.missing.length > 0 && <Text size="sm">{t('missing', { parts: of.missing.join(', ') })}</Text>}
      <Dial of={of} />
      {order != null && isOpen && call.why === 'agree' && <Undelivered order={order.id} />}
      {order != null && isOpen && call.why === 'pay' && <PayOtherwise order={order} isMine={call.yours} />}
      {order != null && isOpen && call.why !== 'confirm' && <Missing order={order} />}
      {order?.being_edited === true && <Status tone="info">{t('edit.waits')}</Status>}
      {order != null && editing === undefined && (
        <Lines order={order} availability={of.availability} {...edit('goods')} />
      )}
      {order != null && editing !== undefined && (
        <EditOrder order={order} start={editing} onDone={() => setEditing(undefined)} />
      )}
      <Earlier of={of} />
      {isOpen && <div className={classes['room']} />}
    </DetailPage>
  );
}

/** What ends the call: at the top of a desk's page, at the thumb on a phone. */
function Endings({ call }: { call: Schemas['CallView'] }) {
  return (
    <div className={classes['endings']}>
      {/* What was handed over is not cancelled: it is brought back. */}
      {call.why !== 'agree' && <CancelCall call={call} />}
      <CallLater call={call} />
      <ConfirmCall call={call} />
    </div>
  );
}

/** Whom to ring, how it went, and how it went before. */
function Dial({ of }: { of: Workspace }) {
  const t = useContactTexts();
  const { call, customer, order } = of;
  const phone = customer?.phone ?? order?.contact?.phone ?? call.phone;
  const name = order?.contact?.name ?? customer?.name ?? call.customer;
  const isOpen = call.state !== 'closed';
  return (
    <Panel title={t('dial')} actions={isOpen && <GiveBack call={call} />}>
      <Stack gap="sm">
        <div className={classes['dial']}>
          {phone == null ? (
            <span className="soft">{t('dial.none')}</span>
          ) : (
            <a href={`tel:${phone}`} className={`figures ${classes['number'] ?? ''}`}>
              {phone}
            </a>
          )}
          <span>{name}</span>
        </div>
        {isOpen && <Attempts call={call} />}
        <Log call={call} />
      </Stack>
    </Panel>
  );
}

function Customer({ of }: { of: Workspace }) {
  const t = useContactTexts();
  const { customer, order } = of;
  const email = customer?.email ?? order?.contact?.email;
  return (
    <Panel
      title={customer?.name ?? order?.contact?.name ?? of.call.customer ?? t('customer')}
      actions={
        customer != null && (
          <Anchor component={Link} to={paths.customer(customer.id)} size="sm">
            {t('customer.orders', { n: customer.orders })}
          </Anchor>
        )
      }
    >
      <Stack gap="sm">
        {email != null && <Anchor href={`mailto:${email}`}>{email}</Anchor>}
        {customer == null && (
          <Text size="sm" c="dimmed">
            {t('customer.unknown')}
          </Text>
        )}
        {customer != null && <Notes customer={customer.id} notes={of.customer_notes} />}
      </Stack>
    </Panel>
  );
}

function Notes({ customer, notes }: { customer: string; notes: Schemas['CustomerNote'][] }) {
  const t = useContactTexts();
  const name = usePeople();
  const [text, setText] = useState('');
  const add = useCommand({
    run: (note: string, key) =>
      ok(
        api.POST('/api/customers/{id}/notes', {
          params: { path: { id: customer }, header: { 'Idempotency-Key': key } },
          body: { text: note },
        }),
      ),
    touches: [['contact'], ['customers']],
    onDone: () => {
      setText('');
      toast('good', t('note.kept'));
    },
  });
  return (
    <Stack gap="xs">
      {notes.slice(0, 5).map((note) => (
        <div key={`${note.at} ${note.text}`}>
          <Text size="sm">{note.text}</Text>
          <Text size="xs" c="dimmed">
            {name(note.by)} · <When at={note.at} />
          </Text>
        </div>
      ))}
      <Textarea
        label={t('note.add')}
        value={text}
        maxLength={1000}
        autosize
        minRows={1}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {text.trim() !== '' && (
        <Group justify="flex-end">
          <Button size="xs" variant="default" loading={add.isPending} onClick={() => add.mutate(text.trim())}>
            {t('note.save')}
          </Button>
        </Group>
      )}
      {add.error !== null && <ProblemView error={add.error} />}
    </Stack>
  );
}

function MoneyAndDelivery({ of, onEdit }: { of: Workspace; onEdit?: () => void }) {
  const t = useContactTexts();
  const kit = useKitTexts();
  const siteName = useSiteName();
  const { order } = of;
  if (order == null) return null;
  const { contact } = order;
  const parts = [...(contact?.address ?? []), [contact?.postcode, contact?.city].filter(Boolean).join(' ')];
  const where = order.pick_up ? siteName(order.site) : parts.filter((part) => part !== '').join(', ');
  return (
    <Panel
      title={t('money')}
      actions={
        onEdit !== undefined && (
          <Button variant="default" size="xs" onClick={onEdit}>
            {t('edit')}
            <Keys keys="d" />
          </Button>
        )
      }
    >
      <Facts
        of={[
          [t('goods'), <Money key="goods" value={order.goods} />],
          [t('delivery'), <Money key="fee" value={order.delivery_fee} />],
          [t('total'), <Money key="total" value={order.total} strong />],
          [t('due.money'), order.due.minor > 0 && <Money key="due" value={order.due} />],
          [t('payment'), kit(`pay.${order.payment_method}`)],
          [t('delivery.who'), contact?.name !== of.customer?.name && contact?.name],
          [order.pick_up ? t('delivery.pick-up') : t('delivery.to'), where],
        ]}
      />
      <Anchor component={Link} to={paths.order(order.id)} size="sm" mt="xs" display="inline-block">
        {t('procedure')}
      </Anchor>
    </Panel>
  );
}

function Log({ call }: { call: Schemas['CallView'] }) {
  const t = useContactTexts();
  const name = usePeople();
  const entries = [
    ...call.attempts_made.map((each) => ({ at: each.at, by: each.by, what: t(each.outcome), note: each.note })),
    ...call.callbacks.map((each) => ({ at: each.set_at, by: each.by, what: t('log.callback'), note: each.note })),
  ].sort((a, b) => b.at.localeCompare(a.at));
  if (entries.length === 0) return null;
  return (
    <ol className={classes['log']} aria-label={t('attempts')}>
      {entries.map((entry) => (
        <li key={`${entry.at} ${entry.what}`}>
          <span>
            {entry.what}
            {entry.note != null && ` – ${entry.note}`}
          </span>
          <span className="soft">
            {name(entry.by)} · <When at={entry.at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function Earlier({ of }: { of: Workspace }) {
  const t = useContactTexts();
  const earlier = of.customer_orders.filter((order) => order.order !== of.call.order);
  if (of.customer == null) return null;
  return (
    <Panel title={t('earlier')} flush={earlier.length > 0}>
      {earlier.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('earlier.none')}
        </Text>
      ) : (
        <Table>
          <Table.Tbody>
            {earlier.slice(0, 8).map((order) => (
              <Table.Tr key={order.order}>
                <Table.Td>
                  <Anchor component={Link} to={paths.order(order.order)}>
                    {order.number}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <When at={order.placed_at} />
                </Table.Td>
                <Table.Td>
                  <OrderStatus state={order.state} />
                </Table.Td>
                <Table.Td ta="end">
                  <Money value={order.total} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
