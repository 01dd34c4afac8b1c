// Home: where one can go from here.
import { Link } from '@tanstack/react-router';
import { ClipboardList, PackageCheck, PhoneCall } from 'lucide-react';
import { Empty } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useHomeTexts } from './texts.ts';

export function HomePage() {
  const t = useHomeTexts();
  const may = useMay();
  const links = [
    { to: paths.contact, label: t('contact'), permission: 'contact.work', icon: PhoneCall },
    { to: paths.picking, label: t('picking'), permission: 'inventory.pick', icon: PackageCheck },
    { to: paths.orders, label: t('orders'), permission: 'orders.read', icon: ClipboardList },
  ].filter((link) => may(link.permission));
  return (
    <section>
      <h1>{t('title')}</h1>
      {links.length === 0 ? (
        <Empty title={t('nothing')} text={t('nothing.text')} />
      ) : (
        <ul>
          {links.map((link) => (
            <li key={link.to} style={{ listStyle: 'none', marginTop: 12 }}>
              <Link to={link.to}>
                <link.icon size={16} aria-hidden /> {link.label}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
