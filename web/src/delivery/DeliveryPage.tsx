// One stop of the driver: where, whom, how much to take; delivered, or why not.
import { Anchor, Button, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { MapPin, Phone } from 'lucide-react';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Confirm } from '../kit/dialogs.tsx';
import { Money } from '../kit/Money.tsx';
import { usePageId } from '../kit/pageId.ts';
import { ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useSiteName } from '../session/sites.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useHandDensity } from '../ui/density.ts';
import classes from './delivery.module.css';
import { addressOf, goesBack, isUnderWay, mapOf, REASONS, type Reason, type Shipment } from './shipment.ts';
import { useDeliveryTexts } from './texts.ts';

type Tender = Schemas['Tender'];
const TENDERS: readonly Tender[] = ['cash', 'card'];

export function DeliveryPage() {
  useHandDensity();
  const t = useDeliveryTexts();
  const id = usePageId();
  const query = useQuery({
    queryKey: ['delivery', id],
    queryFn: () => ok(api.GET('/api/delivery/shipments/{id}', { params: { path: { id } } })),
  });
  return (
    <section className={classes['page']}>
      <Anchor component={Link} to={paths.deliveries}>
        ‹ {t('title')}
      </Anchor>
      <Show query={query}>{(shipment) => <Stop shipment={shipment} />}</Show>
    </section>
  );
}

function Stop({ shipment }: { shipment: Shipment }) {
  const t = useDeliveryTexts();
  const kit = useKitTexts();
  const may = useMay();
  const { contact } = shipment;
  const address = addressOf(shipment);
  const reason = REASONS.find((each) => each === shipment.reason);
  const siteName = useSiteName();
  const isBack = goesBack(shipment);
  const isOpen = isUnderWay(shipment);
  return (
    <>
      <h1>{t('order', { number: shipment.number })}</h1>
      <div className={classes['card']}>
        <div className={classes['address']}>{address === '' ? t('forgotten') : address}</div>
        {contact != null && <div>{contact.name}</div>}
        {contact?.phone != null && <div className="figures">{contact.phone}</div>}
        {shipment.attempts > 0 && (
          <div>
            <Status tone="bad">{t('attempts', { n: shipment.attempts })}</Status>{' '}
            {reason !== undefined && <span className={classes['soft']}>{kit(`undelivered.${reason}`)}</span>}
          </div>
        )}
        <div className={classes['soft']}>
          {t('handed-over')} <When at={shipment.handed_over_at} />
        </div>
        {address !== '' && (
          <div className={classes['pair']}>
            <Button
              component="a"
              href={mapOf(shipment)}
              variant="default"
              leftSection={<MapPin size={20} aria-hidden />}
            >
              {t('map')}
            </Button>
            {contact?.phone != null && (
              <Button
                component="a"
                href={`tel:${contact.phone}`}
                variant="default"
                leftSection={<Phone size={20} aria-hidden />}
              >
                {t('call')}
              </Button>
            )}
          </div>
        )}
      </div>
      {isBack && (
        <p>
          <Status tone={shipment.state === 'returned' ? 'good' : 'warning'}>
            {t(shipment.state === 'returned' ? 'back.done' : 'back.to', { site: siteName(shipment.site) })}
          </Status>
        </p>
      )}
      {isBack ? null : shipment.collect.minor > 0 ? (
        <div className={`${classes['cash']} ${isOpen || shipment.owed.minor > 0 ? '' : classes['isPaid']}`}>
          {t(isOpen ? 'take' : shipment.owed.minor > 0 ? 'owed' : 'taken')}
          <strong>
            <Money value={shipment.collect} />
          </strong>
        </div>
      ) : (
        <div className={`${classes['cash']} ${classes['isPaid']}`}>{t('paid')}</div>
      )}
      {isOpen && shipment.attempts > 0 && may('delivery.drive', shipment.site) && <TakeBack shipment={shipment} />}
      {isOpen && may('delivery.drive', shipment.site) && (
        <div className={classes['foot']}>
          <Failed shipment={shipment} />
          <Delivered shipment={shipment} />
        </div>
      )}
      {shipment.owed.minor > 0 && (may('delivery.drive', shipment.site) || may('delivery.collect', shipment.site)) && (
        <Collect shipment={shipment} />
      )}
      {shipment.delivered_at != null && (
        <p>
          <Status tone="good">{t('delivered.state')}</Status> <When at={shipment.delivered_at} />
        </p>
      )}
    </>
  );
}

/** How the customer pays: cash, or a card at the terminal. */
function HowPaid({ value, onChange }: { value: Tender; onChange: (value: Tender) => void }) {
  const t = useDeliveryTexts();
  return (
    <SegmentedControl
      aria-label={t('how-paid')}
      fullWidth
      value={value}
      data={TENDERS.map((each) => ({ value: each, label: t(`how-paid.${each}`) }))}
      onChange={(next) => onChange(TENDERS.find((each) => each === next) ?? 'cash')}
    />
  );
}

/** It was called delivered before anybody had said that the money was taken. */
function Collect({ shipment }: { shipment: Shipment }) {
  const t = useDeliveryTexts();
  const code = locale(useLanguage());
  const [tender, setTender] = useState<Tender>('cash');
  const price = money(shipment.owed, code);
  const collect = useCommand({
    run: () => ok(api.POST('/api/delivery/shipments/{id}/collect', { params: at(shipment), body: { tender } })),
    touches: [['delivery'], ['orders'], ['finance']],
    onDone: () => toast('good', t('owed.done', { number: shipment.number })),
  });
  return (
    <>
      <Text>{t('owed.text')}</Text>
      <HowPaid value={tender} onChange={setTender} />
      {collect.error !== null && <ProblemView error={collect.error} />}
      <Button loading={collect.isPending} onClick={() => collect.mutate(undefined)}>
        {t('deliver.cash', { price })}
      </Button>
    </>
  );
}

/** Where a step goes, and the version it is decided on. */
function at({ id, version }: Shipment) {
  return { path: { id }, header: ifMatch(version) };
}

function Delivered({ shipment }: { shipment: Shipment }) {
  const t = useDeliveryTexts();
  const code = locale(useLanguage());
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const price = money(shipment.collect, code);
  const owes = shipment.collect.minor > 0;
  const [tender, setTender] = useState<Tender>('cash');
  const deliver = useCommand({
    run: () =>
      ok(api.POST('/api/delivery/shipments/{id}/deliver', { params: at(shipment), body: owes ? { tender } : {} })),
    touches: [['delivery']],
    onDone: () => {
      toast('good', t('delivered', { number: shipment.number }));
      void navigate({ to: paths.deliveries });
    },
  });
  return (
    <>
      <Button px="xs" onClick={() => setOpen(true)}>
        {t('deliver')}
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('deliver.title')}
        action={owes ? t('deliver.cash', { price }) : t('deliver')}
        isRunning={deliver.isPending}
        error={deliver.error}
        onConfirm={() => deliver.mutate(undefined)}
      >
        {owes && (
          <>
            <Text fw={650}>{t('deliver.cash.text', { price })}</Text>
            <HowPaid value={tender} onChange={setTender} />
          </>
        )}
        <Text>{t('deliver.text')}</Text>
      </Confirm>
    </>
  );
}

function Failed({ shipment }: { shipment: Shipment }) {
  const t = useDeliveryTexts();
  const kit = useKitTexts();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState<Reason>('nobody_there');
  const fail = useCommand({
    run: (why: Reason) =>
      ok(api.POST('/api/delivery/shipments/{id}/fail', { params: at(shipment), body: { reason: why } })),
    touches: [['delivery']],
    onDone: () => {
      toast('info', t('failed.done', { number: shipment.number }));
      void navigate({ to: paths.deliveries });
    },
  });
  return (
    <>
      <Button variant="default" px="xs" onClick={() => setOpen(true)}>
        {t('failed')}
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('failed.title')}
        action={t('failed')}
        isRunning={fail.isPending}
        error={fail.error}
        onConfirm={() => fail.mutate(reason)}
      >
        <div className={classes['reasons']} role="radiogroup" aria-label={t('failed.title')}>
          {REASONS.map((each) => (
            <Button
              key={each}
              role="radio"
              aria-checked={each === reason}
              variant={each === reason ? 'light' : 'default'}
              justify="flex-start"
              onClick={() => setReason(each)}
            >
              {kit(`undelivered.${each}`)}
            </Button>
          ))}
        </div>
        <Text>{t('failed.text')}</Text>
      </Confirm>
    </>
  );
}

/** After a failed attempt: nobody wants it, it goes back. */
function TakeBack({ shipment }: { shipment: Shipment }) {
  const t = useDeliveryTexts();
  const navigate = useNavigate();
  const siteName = useSiteName();
  const [isOpen, setOpen] = useState(false);
  const take = useCommand({
    run: () => ok(api.POST('/api/delivery/shipments/{id}/take-back', { params: at(shipment) })),
    touches: [['delivery'], ['orders']],
    onDone: () => {
      toast('info', t('take-back.done', { site: siteName(shipment.site) }));
      void navigate({ to: paths.deliveries });
    },
  });
  return (
    <>
      <Button variant="subtle" onClick={() => setOpen(true)}>
        {t('take-back')}
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('take-back.title')}
        action={t('take-back')}
        isDangerous
        isRunning={take.isPending}
        error={take.error}
        onConfirm={() => take.mutate(undefined)}
      >
        <Text>{t('take-back.text', { site: siteName(shipment.site) })}</Text>
      </Confirm>
    </>
  );
}
