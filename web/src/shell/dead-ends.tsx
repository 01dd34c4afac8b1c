// Where a way ends: no such page, not for this role, a page that broke.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Empty, ProblemView } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { useMe, useMay } from '../session/session.ts';
import { useShellTexts } from './texts.ts';

function HomeButton() {
  const t = useShellTexts();
  return (
    <Button component={Link} to={paths.home} variant="default">
      {t('missing.home')}
    </Button>
  );
}

export function Missing() {
  const t = useShellTexts();
  return <Empty title={t('missing.title')} text={t('missing.text')} action={<HomeButton />} />;
}

/** Shows its children to whoever holds the permission, and says so to the others. */
export function Allowed({ permission, children }: { permission: string; children: ReactNode }) {
  const t = useShellTexts();
  const me = useMe();
  if (useMay()(permission)) return children;
  return (
    <Empty
      title={t('forbidden.title')}
      text={t('forbidden.text', { name: me.person?.name ?? '' })}
      action={<HomeButton />}
    />
  );
}

export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const t = useShellTexts();
  return (
    <section>
      <h1>{t('broken.title')}</h1>
      <ProblemView error={error} onRetry={reset} />
    </section>
  );
}
