// A name that does something where it stands, e.g. opens the form of its row: looks like a link, is a button.
import type { ReactNode } from 'react';
import classes from './pages.module.css';

export function TextButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={classes['plain']} onClick={onClick}>
      {children}
    </button>
  );
}
