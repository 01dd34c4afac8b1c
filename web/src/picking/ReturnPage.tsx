// Goods that nobody took and that come back: what of each product is whole, what is damaged; the rest is missing.
import { ActionIcon, Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useProductNames } from '../kit/products.ts';
import { useCommand } from '../api/queries.ts';
import { usePageId } from '../kit/pageId.ts';
import { Quantity } from '../kit/Quantity.tsx';
import { ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { paths } from '../paths.ts';
import { usePeople } from '../session/people.ts';
import { useSiteName } from '../session/sites.ts';
import { useHandDensity } from '../ui/density.ts';
import { Head } from './Head.tsx';
import classes from './picking.module.css';
import { usePickingTexts } from './texts.ts';

type Back = Schemas['ReturnView'];
type Item = Schemas['ReturnItem'];

export function ReturnPage() {
  const id = usePageId();
  useHandDensity();
  const query = useQuery({
    queryKey: ['inventory', id],
    queryFn: () => ok(api.GET('/api/inventory/returns/{id}', { params: { path: { id } } })),
  });
  return <Show query={query}>{(back) => <ReturnScreen key={back.version} back={back} />}</Show>;
}

function ReturnScreen({ back }: { back: Back }) {
  const t = usePickingTexts();
  const person = usePeople();
  const siteName = useSiteName();
  const navigate = useNavigate();
  const name = useProductNames(back.items.map((item) => item.product));
  const [damaged, setDamaged] = useState<Record<string, number>>({});
  const [missing, setMissing] = useState<Record<string, number>>({});
  const isOpen = back.received_at == null;
  const receive = useCommand({
    run: (lines: Schemas['ReturnedLine'][]) =>
      ok(
        api.POST('/api/inventory/returns/{id}/receive', {
          params: { path: { id: back.id }, header: ifMatch(back.version) },
          body: { lines },
        }),
      ),
    touches: [['inventory'], ['orders'], ['delivery']],
    onDone: () => {
      toast('good', t('back.taken', { number: back.number }));
      void navigate({ to: paths.picking });
    },
  });
  const submit = () =>
    receive.mutate(
      back.items.map((item) => {
        const [broken, gone] = [damaged[item.product] ?? 0, missing[item.product] ?? 0];
        const { unit } = item.expected;
        return {
          product: item.product,
          whole: { milli: item.expected.milli - broken - gone, unit },
          damaged: { milli: broken, unit },
        };
      }),
    );
  return (
    <section className={classes['page']}>
      <Head of={back}>
        <Status tone={isOpen ? 'warning' : 'good'}>{t(isOpen ? 'back.expected' : 'back.received')}</Status>
      </Head>
      <span className={classes['soft']}>{siteName(back.site)}</span>
      <Text>{t(isOpen ? 'back.text' : 'back.text.done')}</Text>
      {back.received_at != null && (
        <span className={classes['soft']}>
          {person(back.received_by ?? '')} · <When at={back.received_at} both />
        </span>
      )}
      {back.items.map((item) => (
        <Line
          key={item.product}
          item={item}
          name={name(item.product)}
          isOpen={isOpen}
          damaged={damaged[item.product] ?? 0}
          missing={missing[item.product] ?? 0}
          onDamaged={(milli) => setDamaged({ ...damaged, [item.product]: milli })}
          onMissing={(milli) => setMissing({ ...missing, [item.product]: milli })}
        />
      ))}
      {receive.error !== null && <ProblemView error={receive.error} />}
      {isOpen && (
        <div className={classes['foot']}>
          <Button loading={receive.isPending} onClick={submit}>
            {t('back.take')}
          </Button>
        </div>
      )}
    </section>
  );
}

function Line(props: {
  item: Item;
  name: string;
  isOpen: boolean;
  damaged: number;
  missing: number;
  onDamaged: (milli: number) => void;
  onMissing: (milli: number) => void;
}) {
  const { item, name, isOpen } = props;
  const t = usePickingTexts();
  const { unit } = item.expected;
  const damaged = isOpen ? props.damaged : item.damaged.milli;
  const missing = isOpen ? props.missing : item.expected.milli - item.whole.milli - item.damaged.milli;
  const whole = item.expected.milli - damaged - missing;
  const isWhole = damaged + missing === 0;
  return (
    <div className={`${classes['item']} ${isWhole ? classes['isDone'] : ''}`}>
      <strong>{name}</strong>
      <div className={classes['row']}>
        <span>{t('back.whole')}</span>
        <strong>
          <Quantity value={{ milli: whole, unit }} /> {t('asked', { n: '' })}
          <Quantity value={item.expected} withPieces />
        </strong>
      </div>
      {isOpen ? (
        <>
          <Count
            label={t('back.damaged')}
            name={name}
            value={damaged}
            unit={unit}
            most={item.expected.milli - missing}
            onSet={props.onDamaged}
          />
          <Count
            label={t('back.missing')}
            name={name}
            value={missing}
            unit={unit}
            most={item.expected.milli - damaged}
            onSet={props.onMissing}
          />
        </>
      ) : (
        !isWhole && (
          <div className={classes['row']}>
            <span>
              {t('back.damaged')} <Quantity value={{ milli: damaged, unit }} />
            </span>
            <span>
              {t('back.missing')} <Quantity value={{ milli: missing, unit }} />
            </span>
          </div>
        )
      )}
    </div>
  );
}

function Count(props: {
  label: string;
  name: string;
  value: number;
  unit: Item['expected']['unit'];
  most: number;
  onSet: (milli: number) => void;
}) {
  const t = usePickingTexts();
  const step = props.unit === 'pcs' ? 1000 : 100;
  const what = `${props.label}: ${props.name}`;
  return (
    <div className={classes['row']}>
      <span>{props.label}</span>
      <span className={classes['count']}>
        <ActionIcon
          variant="default"
          size={48}
          aria-label={t('less', { name: what })}
          disabled={props.value === 0}
          onClick={() => props.onSet(Math.max(0, props.value - step))}
        >
          <Minus aria-hidden />
        </ActionIcon>
        <span className={classes['amount']}>
          <Quantity value={{ milli: props.value, unit: props.unit }} />
        </span>
        <ActionIcon
          variant="default"
          size={48}
          aria-label={t('more', { name: what })}
          disabled={props.value >= props.most}
          onClick={() => props.onSet(Math.min(props.most, props.value + step))}
        >
          <Plus aria-hidden />
        </ActionIcon>
      </span>
    </div>
  );
}
