// Signing in: by name and password; in the demo each role is one click away.
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { OfflineBanner, ProblemView } from '../kit/states.tsx';
import { paths } from '../paths.ts';
import { meQuery, type Me, type RoleName } from '../session/session.ts';
import { LanguageChoice, SchemeChoice } from './choices.tsx';
import classes from './SignIn.module.css';
import { useShellTexts } from './texts.ts';
import { startOf } from './workspaces.ts';

interface DemoPerson {
  login: string;
  name: string;
  role: RoleName;
  password: string;
}

/** `isOver`: a session ended while somebody worked. */
export function SignIn({ isOver }: { isOver: boolean }) {
  const t = useShellTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const here = useLocation({ select: (location) => location.pathname });
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const demo = useQuery({
    queryKey: ['staff', 'demo-people'],
    queryFn: async () => (await ask<{ people: DemoPerson[] }>('GET', '/api/staff/demo-people')).people,
    retry: false,
    staleTime: Infinity,
    meta: { live: [] },
  });
  const signIn = useCommand({
    run: (input: { login: string; password: string }) => ask<Me>('POST', '/api/staff/sign-in', input),
    onDone: (me) => {
      client.setQueryData(meQuery.queryKey, me);
      if (here === paths.home || here === paths.signIn) void navigate({ to: startOf(me), replace: true });
    },
  });
  const people = demo.data ?? [];
  return (
    <div className={classes['page']}>
      <OfflineBanner />
      <div className={classes['top']}>
        <LanguageChoice />
        <SchemeChoice />
      </div>
      <main className={`${classes['box']} ${people.length === 0 ? classes['alone'] : ''}`}>
        <form
          className={classes['form']}
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate({ login, password });
          }}
        >
          <div className={classes['title']}>
            <img src="/icon.svg" alt="" width={32} height={32} />
            <h1>{t('sign-in.title')}</h1>
          </div>
          <Stack gap="sm">
            {isOver && <p>{t('sign-in.over')}</p>}
            <TextInput
              label={t('sign-in.login')}
              value={login}
              onChange={(event) => setLogin(event.currentTarget.value)}
              autoComplete="username"
              autoCapitalize="none"
              required
              withAsterisk={false}
            />
            <PasswordInput
              label={t('sign-in.password')}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              required
              withAsterisk={false}
            />
            {signIn.error !== null && <ProblemView error={signIn.error} />}
            <Button type="submit" loading={signIn.isPending}>
              {t('sign-in')}
            </Button>
          </Stack>
        </form>
        {people.length > 0 && (
          <section className={classes['demo']} aria-labelledby="demo-title">
            <h2 id="demo-title">{t('sign-in.demo')}</h2>
            <p className="soft">{t('sign-in.demo.text')}</p>
            <div className={classes['roles']}>
              {people.map((person) => (
                <button
                  key={person.login}
                  type="button"
                  className={classes['role']}
                  data-role={person.role}
                  disabled={signIn.isPending}
                  onClick={() => signIn.mutate({ login: person.login, password: person.password })}
                >
                  <strong>{t(`role.${person.role}`)}</strong>
                  <span>{t(`does.${person.role}`)}</span>
                  <span>{person.name}</span>
                </button>
              ))}
            </div>
            <a href={paths.shop}>{t('sign-in.shop')}</a>
          </section>
        )}
      </main>
    </div>
  );
}
