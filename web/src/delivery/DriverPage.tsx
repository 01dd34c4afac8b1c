// The driver's list: what is in the van, where to, what to take at the door. What failed once stands below, to be tried again.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { MapPin, Phone } from 'lucide-react';
import { api, ok } from '../api/client.ts';
import { Empty, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useMay, useMe } from '../session/session.ts';
import { useMySites, useSiteName } from '../session/sites.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useHandDensity } from '../ui/density.ts';
import classes from './delivery.module.css';
import { addressOf, goesBack, isUnderWay, mapOf, REASONS, type Shipment } from './shipment.ts';
import { useDeliveryTexts } from './texts.ts';

/** As many as fit into a van. */
const MOST = 100;

export function DriverPage() {
  const t = useDeliveryTexts();
  useHandDensity();
  const me = useMe();
  const canEdit = useMay()('delivery.edit');
  return (
    <section className={classes['page']}>
      <div className={classes['row']}>
        <h1>{t('title')}</h1>
        {canEdit && (
          <Button component={Link} to={paths.deliveryWays} variant="default">
            {t('ways.open')}
          </Button>
        )}
      </div>
      {me.sites?.length === 0 ? <Empty title={t('no-site')} /> : <List />}
    </section>
  );
}

/** What one drives for any of one's sites; who works everywhere sees all. */
function List() {
  const t = useDeliveryTexts();
  const me = useMe();
  const code = locale(useLanguage());
  const query = useQuery({
    queryKey: ['delivery', 'list', me.sites],
    queryFn: async () => {
      const ask = async (state: 'handed_over' | 'failed' | 'taken_back') => {
        const pages = (me.sites ?? [undefined]).map((site) =>
          ok(api.GET('/api/delivery/shipments', { params: { query: { site, state, limit: MOST } } })),
        );
        return (await Promise.all(pages)).flatMap(({ shipments }) => shipments);
      };
      const open = (me.sites ?? [undefined]).map((site) =>
        ok(api.GET('/api/delivery/shipments', { params: { query: { site, owed: true, limit: MOST } } })),
      );
      const [fresh, failed, back, owed] = await Promise.all([
        ask('handed_over'),
        ask('failed'),
        ask('taken_back'),
        Promise.all(open).then((pages) => pages.flatMap(({ shipments }) => shipments)),
      ]);
      return { fresh, failed, back, owed };
    },
  });
  return (
    <Show query={query}>
      {({ fresh, failed, back, owed }) => {
        const all = [...fresh, ...failed];
        const currency = all[0]?.collect.currency;
        const cash = all.reduce((sum, each) => sum + each.collect.minor, 0);
        return (
          <>
            {all.length > 0 && (
              <p className={classes['soft']} aria-live="polite">
                {t('to-do', { n: all.length })}
                {cash > 0 &&
                  currency !== undefined &&
                  ` · ${t('cash.all', { price: money({ minor: cash, currency }, code) })}`}
              </p>
            )}
            {all.length + back.length + owed.length === 0 && <Empty title={t('empty')} text={t('empty.text')} />}
            <Cards of={fresh} />
            {failed.length > 0 && (
              <>
                <h2>{t('again')}</h2>
                <p className={classes['soft']}>{t('again.text')}</p>
                <Cards of={failed} />
              </>
            )}
            {owed.length > 0 && (
              <>
                <h2>{t('owed')}</h2>
                <p className={classes['soft']}>{t('owed.text')}</p>
                <Cards of={owed} />
              </>
            )}
            {back.length > 0 && (
              <>
                <h2>{t('back')}</h2>
                <p className={classes['soft']}>{t('back.text')}</p>
                <Cards of={back} />
              </>
            )}
          </>
        );
      }}
    </Show>
  );
}

function Cards({ of }: { of: readonly Shipment[] }) {
  return (
    <ul className={classes['cards']}>
      {of.map((shipment) => (
        <Card key={shipment.id} shipment={shipment} />
      ))}
    </ul>
  );
}

function Card({ shipment }: { shipment: Shipment }) {
  const t = useDeliveryTexts();
  const kit = useKitTexts();
  const code = locale(useLanguage());
  const siteName = useSiteName();
  const mine = useMySites();
  const address = addressOf(shipment);
  const phone = shipment.contact?.phone;
  const reason = REASONS.find((each) => each === shipment.reason);
  return (
    <li className={classes['card']}>
      <Link to={paths.delivery(shipment.id)} className={classes['open']}>
        <div className={classes['row']}>
          <span className={classes['soft']}>{t('order', { number: shipment.number })}</span>
          {shipment.collect.minor > 0 && isUnderWay(shipment) && (
            <Status tone="warning">{t('cash', { price: money(shipment.collect, code) })}</Status>
          )}
          {shipment.owed.minor > 0 && (
            <Status tone="bad">{t('owed.still', { price: money(shipment.owed, code) })}</Status>
          )}
        </div>
        <div className={classes['address']}>{address === '' ? t('forgotten') : address}</div>
        <div>{shipment.contact?.name}</div>
        {goesBack(shipment) ? (
          <div>{t('back.to', { site: siteName(shipment.site) })}</div>
        ) : (
          mine.length > 1 && <div className={classes['soft']}>{t('from', { site: siteName(shipment.site) })}</div>
        )}
        {shipment.attempts > 0 && (
          <div>
            <Status tone="bad">{t('attempts', { n: shipment.attempts })}</Status>{' '}
            {reason !== undefined && <span className={classes['soft']}>{kit(`undelivered.${reason}`)}</span>}
          </div>
        )}
      </Link>
      {address !== '' && isUnderWay(shipment) && (
        <div className={classes['pair']}>
          <Button component="a" href={mapOf(shipment)} variant="default" leftSection={<MapPin size={20} aria-hidden />}>
            {t('map')}
          </Button>
          {phone != null && (
            <Button component="a" href={`tel:${phone}`} variant="default" leftSection={<Phone size={20} aria-hidden />}>
              {t('call')}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}
