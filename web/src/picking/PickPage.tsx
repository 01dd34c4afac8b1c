// One order being picked, on a phone: scan or tap, short picks, pack, hand over. The next thing to do is the button at the thumb.
import { ActionIcon, Button, NumberInput, SegmentedControl, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Check, Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { asProblem, isProblem } from '../api/problem.ts';
import { useProductNames } from '../kit/products.ts';
import { useCommand } from '../api/queries.ts';
import { BarcodeInput } from '../kit/BarcodeInput.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useMe } from '../session/session.ts';
import { useSiteName } from '../session/sites.ts';
import { money, quantity } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useHandDensity } from '../ui/density.ts';
import { Head } from './Head.tsx';
import classes from './picking.module.css';
import { Short } from './Short.tsx';
import { PickStatus } from './PickListPage.tsx';
import { usePickingTexts } from './texts.ts';

type Pick = Schemas['PickView'];
type Item = Schemas['PickItem'];

export function PickPage() {
  const id = usePageId();
  useHandDensity();
  const query = useQuery({
    queryKey: ['inventory', id],
    queryFn: () => ok(api.GET('/api/inventory/picks/{id}', { params: { path: { id } } })),
  });
  return <Show query={query}>{(pick) => <PickScreen pick={pick} />}</Show>;
}

function PickScreen({ pick }: { pick: Pick }) {
  const t = usePickingTexts();
  const me = useMe();
  const client = useQueryClient();
  const name = useProductNames(pick.items.map((item) => item.product));
  const person = usePeople();
  const siteName = useSiteName();
  const isMine = pick.state === 'picking' && pick.taken_by === `person:${me.person?.id ?? ''}`;
  const [short, setShort] = useState<Item>();
  // What was tapped and is not answered yet: the next tap counts on.
  const [tapped, setTapped] = useState<Readonly<Record<string, number>>>({});
  const touches = [['inventory']] as const;
  const path = { id: pick.id };
  const take = useCommand({ run: () => ok(api.POST('/api/inventory/picks/{id}/take', { params: { path } })), touches });
  const leave = useCommand({
    run: () => ok(api.POST('/api/inventory/picks/{id}/leave', { params: { path } })),
    touches,
  });
  const scan = useCommand({
    run: (barcode: string, key) =>
      ok(
        api.POST('/api/inventory/picks/{id}/scan', {
          params: { path, header: { 'Idempotency-Key': key } },
          body: { barcode },
        }),
      ),
    touches,
    inTurn: true,
    onDone: (scanned) => {
      const item = scanned.pick.items.find((each) => each.product === scanned.product);
      toast(
        'good',
        t('scanned', { name: name(scanned.product), n: item === undefined ? '' : String(item.picked.milli / 1000) }),
      );
    },
  });
  const set = useCommand({
    run: (line: Schemas['PickedLine']) =>
      ok(api.POST('/api/inventory/picks/{id}/lines', { params: { path }, body: { lines: [line] } })),
    touches,
    inTurn: true,
    onDone: (next, line) => {
      client.setQueryData(['inventory', pick.id], next);
      answered(line);
    },
    onRefused: (_, line) => answered(line),
  });
  const answered = ({ product, picked }: Schemas['PickedLine']) =>
    setTapped(({ [product]: last, ...others }) =>
      last === undefined || last === picked.milli ? others : { ...others, [product]: last },
    );
  const tap = (item: Item, milli: number) => {
    setTapped((others) => ({ ...others, [item.product]: milli }));
    set.mutate({ product: item.product, picked: { milli, unit: item.asked.unit } });
  };
  const error = take.error ?? leave.error ?? scan.error ?? set.error;
  return (
    <section className={classes['page']}>
      <Head of={pick}>
        <PickStatus state={pick.state} />
      </Head>
      <span className={classes['soft']}>
        {siteName(pick.site)} · {t(pick.pick_up ? 'pick-up' : 'courier')}
        {pick.parcels != null && ` · ${t('parcels', { n: pick.parcels })}`}
      </span>
      {pick.with_agent && (
        <div>
          <Status tone="warning">{t('with-agent')}</Status>{' '}
          <span className={classes['soft']}>{t('with-agent.text')}</span>
        </div>
      )}
      {pick.state === 'picking' && !isMine && pick.taken_by != null && (
        <Status tone="warning">{t('taken', { name: person(pick.taken_by) })}</Status>
      )}
      {pick.state === 'put_back' && <Text>{t('put-back')}</Text>}
      {isMine && <BarcodeInput label={t('scan')} onCode={(code) => scan.mutate(code)} />}
      {error !== null && <ProblemView error={error} />}
      {pick.items.map((item) => (
        <Line
          key={item.product}
          item={item}
          picked={tapped[item.product] ?? item.picked.milli}
          name={name(item.product)}
          isMine={isMine}
          onSet={(milli) => tap(item, milli)}
          onShort={() => setShort(item)}
        />
      ))}
      <div className={classes['foot']}>
        {pick.state === 'open' && (
          <Button loading={take.isPending} onClick={() => take.mutate(undefined)}>
            {t('take')}
          </Button>
        )}
        {isMine && !pick.items.every((item) => item.done) && (
          <Button variant="default" loading={leave.isPending} onClick={() => leave.mutate(undefined)}>
            {t('leave')}
          </Button>
        )}
        {(pick.state === 'picked' || isMine) && pick.items.every((item) => item.done) && <Pack pick={pick} />}
        {pick.state === 'packed' && <HandOver pick={pick} />}
        {pick.state === 'put_back' && <PutBack pick={pick} />}
      </div>
      {short !== undefined && (
        <Short
          pick={pick.id}
          site={pick.site}
          item={short}
          name={name(short.product)}
          onClose={() => setShort(undefined)}
        />
      )}
    </section>
  );
}

function Line(props: {
  item: Item;
  picked: number;
  name: string;
  isMine: boolean;
  onSet: (milli: number) => void;
  onShort: () => void;
}) {
  const { item, picked, name } = props;
  const t = usePickingTexts();
  const code = locale(useLanguage());
  const isBack = !props.isMine && item.put_back.milli > 0;
  const step = item.asked.unit === 'pcs' ? 1000 : 100;
  const within = (milli: number) => Math.max(0, Math.min(item.asked.milli, milli));
  return (
    <div className={`${classes['item']} ${item.done ? classes['isDone'] : ''}`}>
      <div className={classes['row']}>
        <strong>{name}</strong>
        {item.done && <Check size={22} aria-hidden />}
      </div>
      <div className={classes['row']}>
        <span className={classes['soft']}>
          {item.place === '' ? t('place.none') : t('place', { place: item.place })}
        </span>
        {props.isMine ? (
          <span className={classes['count']}>
            <ActionIcon
              variant="default"
              size={48}
              aria-label={t('less', { name })}
              disabled={picked === 0}
              onClick={() => props.onSet(within(picked - step))}
            >
              <Minus aria-hidden />
            </ActionIcon>
            <span className={classes['amount']}>
              <Quantity value={{ ...item.picked, milli: picked }} /> {t('asked', { n: '' })}
              <Quantity value={item.asked} />
            </span>
            <ActionIcon
              variant="default"
              size={48}
              aria-label={t('more', { name })}
              disabled={item.done}
              onClick={() => props.onSet(within(picked + step))}
            >
              <Plus aria-hidden />
            </ActionIcon>
          </span>
        ) : (
          <strong>
            {isBack ? <Quantity value={item.put_back} withPieces /> : <Quantity value={item.asked} withPieces />}
          </strong>
        )}
      </div>
      {item.missing.milli > 0 && (
        <div>
          <Status tone="bad">{t('missing', { n: quantity(item.missing, code) })}</Status>
        </div>
      )}
      {props.isMine && !item.done && (
        <div className={classes['row']}>
          <Button variant="subtle" onClick={props.onShort}>
            {t('short')}
          </Button>
          <Button variant="default" onClick={() => props.onSet(item.asked.milli)}>
            {t('all')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Pack({ pick }: { pick: Pick }) {
  const t = usePickingTexts();
  const [isOpen, setOpen] = useState(false);
  const [parcels, setParcels] = useState(1);
  const pack = useCommand({
    run: (count: number) =>
      ok(api.POST('/api/inventory/picks/{id}/pack', { params: { path: { id: pick.id } }, body: { parcels: count } })),
    touches: [['inventory'], ['orders']],
    onDone: () => {
      setOpen(false);
      toast('good', t('packed', { number: pick.number }));
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('pack')}</Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('pack')}
        action={t('pack')}
        isRunning={pack.isPending}
        error={pack.error}
        onConfirm={() => pack.mutate(parcels)}
      >
        <NumberInput
          label={t('pack.parcels')}
          value={parcels}
          min={1}
          max={99}
          onChange={(value) => setParcels(Number(value))}
        />
      </Confirm>
    </>
  );
}

const ASK_AGAIN_MS = 1_000;
const TRIES = 30;

function HandOver({ pick }: { pick: Pick }) {
  const t = usePickingTexts();
  const navigate = useNavigate();
  const code = locale(useLanguage());
  const [isOpen, setOpen] = useState(false);
  const [number, setNumber] = useState('');
  // What is to be paid at the counter, once that was said; and how it is paid.
  const [due, setDue] = useState<Schemas['Money']>();
  const [by, setBy] = useState<Schemas['Tender']>('cash');
  const hand = useCommand({
    run: async ({ typed, collected }: { typed: string; collected: Schemas['Collected'] | undefined }) => {
      for (let at = 0; ; at += 1) {
        const answer = await ok(
          api.POST('/api/inventory/picks/{id}/hand-over', {
            params: { path: { id: pick.id } },
            body: {
              ...(typed === '' ? {} : { number: typed }),
              ...(collected === undefined ? {} : { collected }),
            },
          }),
        );
        if (answer.order_state !== 'releasing' || at === TRIES) return answer;
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    },
    touches: [['inventory'], ['orders']],
    onDone: () => {
      toast('good', t('handed-over', { number: pick.number }));
      void navigate({ to: paths.picking });
    },
    onRefused: (error) => {
      if (!isProblem(error, 'orders/to-be-paid')) return;
      const { amount_minor: minor, currency } = asProblem(error);
      setDue(typeof minor === 'number' && minor > 0 && typeof currency === 'string' ? { minor, currency } : undefined);
    },
  });
  const isAsked = due !== undefined && isProblem(hand.error, 'orders/to-be-paid');
  const collected = due === undefined ? undefined : { amount: due, by };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('hand-over')}</Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('order', { number: pick.number })}
        action={due === undefined ? t('hand-over') : t('counter.took', { price: money(due, code) })}
        isRunning={hand.isPending}
        error={isAsked ? null : hand.error}
        onConfirm={() => hand.mutate({ typed: number.trim(), collected })}
      >
        {due !== undefined && (
          <div className={classes['due']} role="status">
            {t('counter.take')}
            <strong>{money(due, code)}</strong>
            <SegmentedControl
              fullWidth
              aria-label={t('counter.by')}
              value={by}
              onChange={setBy}
              data={[
                { value: 'cash', label: t('counter.cash') },
                { value: 'card', label: t('counter.card') },
              ]}
            />
          </div>
        )}
        <Text>{t(pick.pick_up ? 'hand-over.text.pick-up' : 'hand-over.text.courier')}</Text>
        <TextInput
          label={t('hand-over.number')}
          value={number}
          inputMode="numeric"
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        {hand.isPending && <Text size="sm">{t('paying')}</Text>}
      </Confirm>
    </>
  );
}

function PutBack({ pick }: { pick: Pick }) {
  const t = usePickingTexts();
  const navigate = useNavigate();
  const put = useCommand({
    run: () => ok(api.POST('/api/inventory/picks/{id}/put-back', { params: { path: { id: pick.id } } })),
    touches: [['inventory']],
    onDone: () => {
      toast('good', t('put-back.kept'));
      void navigate({ to: paths.picking });
    },
  });
  return (
    <>
      <Button loading={put.isPending} onClick={() => put.mutate(undefined)}>
        {t('put-back.done')}
      </Button>
      {put.error !== null && <ProblemView error={put.error} />}
    </>
  );
}
