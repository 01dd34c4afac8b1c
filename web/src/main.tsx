// The back office: theme, queries, live updates, pages.
import '@mantine/core/styles.layer.css';
import './ui/tokens.css';
import './ui/base.css';

import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLive } from './api/live.ts';
import { makeQueryClient } from './api/queries.ts';
import { router } from './router.tsx';
import { keepToOnePerson, mayHear, meQuery, signedOut } from './session/session.ts';
import './shell/refusals.ts';
import { theme, variables } from './ui/theme.ts';

const client = makeQueryClient(() => signedOut(client));
keepToOnePerson(client);
startLive(client, {
  mayHear: (service) => mayHear(client.getQueryData(meQuery.queryKey), service),
  refused: () => void client.invalidateQueries({ queryKey: meQuery.queryKey }),
});

const place = document.getElementById('root');
if (place === null) throw new Error('the page has no #root');
createRoot(place).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: 'backroom.scheme' })}
    >
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
