// The shopper's page: its own small entry, without the back office's component library.
import '../ui/tokens.css';
import '../ui/base.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLive } from '../api/live.ts';
import { makeQueryClient } from '../api/queries.ts';
import { App } from './App.tsx';

const client = makeQueryClient(() => undefined);
// Strangers may hear of the orders whose ids they know, from all who work on them; pages name them.
const TELLERS = ['orders', 'inventory', 'delivery'];
startLive(client, { mayHear: (service) => TELLERS.includes(service), refused: () => undefined });

// On a phone and with thumbs, but also at a desk: controls are large everywhere in the shop.
document.documentElement.dataset['density'] = 'hand';

const place = document.getElementById('root');
if (place === null) throw new Error('the page has no #root');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
