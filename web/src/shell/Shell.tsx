// The frame around every workspace: where one can go, who one is, in which language and colours. Whoever is not signed in
// sees the sign-in page in its place and comes back to the same address.
import { ActionIcon, Burger, Drawer, Menu, Select } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate, useRouterState } from '@tanstack/react-router';
import { CircleUserRound, Keyboard, KeyRound, LogOut } from 'lucide-react';
import { useState } from 'react';
import { OfflineBanner, Loading, ProblemView } from '../kit/states.tsx';
import { ShortcutHelp, useShortcut } from '../kit/shortcuts.tsx';
import { Toasts } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { isOverUnasked, may, meQuery, signOut, type Me } from '../session/session.ts';
import { setSite, useMySites, useSite } from '../session/sites.ts';
import { ChangePassword } from './ChangePassword.tsx';
import { LanguageChoice, SchemeChoice } from './choices.tsx';
import classes from './Shell.module.css';
import { SignIn } from './SignIn.tsx';
import { useShellTexts } from './texts.ts';
import { WORKSPACES } from './workspaces.ts';

export function Shell() {
  const me = useQuery(meQuery);
  const [wasIn, setWasIn] = useState(false);
  if (me.data !== undefined && me.data !== null && !wasIn) setWasIn(true);
  if (me.data === undefined && me.isPending) return <Loading rows={6} />;
  if (me.data === undefined) return <ProblemView error={me.error} onRetry={() => void me.refetch()} />;
  if (me.data === null) return <SignIn isOver={wasIn && isOverUnasked()} />;
  return <Frame key={me.data.person?.id} me={me.data} />;
}

function Frame({ me }: { me: Me }) {
  const t = useShellTexts();
  const [isMenuOpen, menu] = useDisclosure(false);
  // What one leaves stays until the page one goes to is there, or after a second its bones, which say themselves what they are.
  const isLeaving = useRouterState({
    select: ({ isLoading, matches }) => isLoading && matches.every(({ status }) => status !== 'pending'),
  });
  return (
    <div className={classes['shell']}>
      <a className={classes['skip']} href="#main">
        {t('skip')}
      </a>
      <div className={classes['banner']}>
        <OfflineBanner />
      </div>
      <header className={`${classes['top']} no-print`}>
        <span className={classes['onPhone']}>
          <Burger opened={isMenuOpen} onClick={menu.toggle} aria-label={t('menu')} size="sm" />
        </span>
        <Link to={paths.home} className={classes['brand']}>
          <img src="/icon.svg" alt="" width={24} height={24} />
          <span>Backroom</span>
        </Link>
        <SiteChoice me={me} />
        <span className={classes['onDesk']}>
          <LanguageChoice />
        </span>
        <span className={classes['onDesk']}>
          <SchemeChoice />
        </span>
        <PersonMenu me={me} />
      </header>
      <nav className={`${classes['rail']} no-print`} aria-label={t('workspaces')}>
        <Places me={me} />
      </nav>
      <Drawer opened={isMenuOpen} onClose={menu.close} size={280} title="Backroom">
        <nav aria-label={t('workspaces')}>
          <Places me={me} onGo={menu.close} />
        </nav>
        <div className={classes['drawerExtras']}>
          <LanguageChoice />
          <SchemeChoice />
        </div>
      </Drawer>
      <main id="main" className={classes['main']} tabIndex={-1} aria-busy={isLeaving}>
        <Outlet />
      </main>
      <Toasts />
      <ShortcutHelp />
      <GoKeys me={me} />
    </div>
  );
}

function Places({ me, onGo }: { me: Me; onGo?: () => void }) {
  const t = useShellTexts();
  return (
    <ul style={{ listStyle: 'none' }}>
      {WORKSPACES.filter(({ permission }) => permission === undefined || may(me, permission)).map((place) => (
        <li key={place.name}>
          <Link
            to={place.path}
            className={classes['place']}
            activeOptions={{ exact: place.path === paths.home, includeSearch: false }}
            onClick={onGo}
          >
            <place.icon size={18} aria-hidden />
            {t(place.name)}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Only where it decides what is shown. */
function SiteChoice({ me }: { me: Me }) {
  const t = useShellTexts();
  const { pathname } = useLocation();
  const place = WORKSPACES.find(({ path }) => path !== paths.home && `${pathname}/`.startsWith(`${path}/`));
  const mine = useMySites();
  const site = useSite();
  if (place?.isOfSite !== true || (place.permission !== undefined && !may(me, place.permission))) return null;
  if (mine.length < 2 || site === undefined)
    return site === undefined ? null : <span className="soft">{site.name}</span>;
  return (
    <Select
      aria-label={t('site')}
      data={mine.map(({ id, name }) => ({ value: id, label: name }))}
      value={site.id}
      onChange={(id) => id !== null && setSite(id)}
      allowDeselect={false}
      searchable={mine.length > 8}
      size="xs"
      w={170}
    />
  );
}

function PersonMenu({ me }: { me: Me }) {
  const t = useShellTexts();
  const name = me.person?.name ?? '';
  const [isChanging, setChanging] = useState(false);
  return (
    <>
      {isChanging && <ChangePassword onClose={() => setChanging(false)} />}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon aria-label={name}>
            <CircleUserRound size={22} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {name}
            <br />
            {me.roles.map(({ role }) => t(`role.${role}`)).join(', ')}
          </Menu.Label>
          <Menu.Item
            leftSection={<Keyboard size={16} aria-hidden />}
            onClick={() => window.dispatchEvent(new KeyboardEvent('keydown', { key: '?' }))}
          >
            {t('keyboard')}
          </Menu.Item>
          {me.person !== undefined && (
            <Menu.Item leftSection={<KeyRound size={16} aria-hidden />} onClick={() => setChanging(true)}>
              {t('password')}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void signOut()}>
            {t('sign-out')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** `g` and a letter lead from anywhere to a workspace. */
function GoKeys({ me }: { me: Me }) {
  const t = useShellTexts();
  const navigate = useNavigate();
  const go = (to: string) => () => void navigate({ to });
  useShortcut('g h', t('go.home'), go(paths.home));
  useShortcut('g o', t('go.orders'), go(paths.orders), may(me, 'orders.read'));
  useShortcut('g c', t('go.contact'), go(paths.contact), may(me, 'contact.work'));
  useShortcut('g p', t('go.products'), go(paths.products), may(me, 'catalog.read'));
  useShortcut('g s', t('go.stock'), go(paths.stock), may(me, 'inventory.read'));
  return null;
}
