// What stands on top of a pick and of what comes back: the way to the list, the order's number, where it stands.
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import classes from './picking.module.css';
import { usePickingTexts } from './texts.ts';

export function Head({ of, children }: { of: { number: string; order: string }; children: ReactNode }) {
  const t = usePickingTexts();
  const mayRead = useMay()('orders.read');
  const title = t('order', { number: of.number });
  return (
    <>
      <Anchor component={Link} to={paths.picking} size="sm">
        ‹ {t('back')}
      </Anchor>
      <header className={classes['row']}>
        <h1>
          {mayRead ? (
            <Link to={paths.order(of.order)} className={classes['order'] ?? ''}>
              {title}
            </Link>
          ) : (
            title
          )}
        </h1>
        {children}
      </header>
    </>
  );
}
