// Live updates: one EventSource a tab. It listens to what the screen shows (the first word of each active query's key is its
// service, unless `meta.live` says otherwise) and has the queries read again that a change concerns.
import type { Query, QueryClient } from '@tanstack/react-query';
import { suspectOffline } from './online.ts';

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: {
      /** Topics that make this query stale: `orders`, or `orders:ord_…`. Absent: the service in the key's first place. */
      live?: readonly string[];
      /** Other things that what was read is about, such as an invoice's order: a change that its service tells of them concerns it, too. */
      about?: (data: unknown) => readonly string[];
    };
  }
}

interface Change {
  topic: string;
  id?: string;
  version?: number;
}

/** What a gateway that has live updates calls a service's topic; other first words of keys are not listened to. */
const SERVICES = new Set([
  'orders',
  'contact',
  'catalog',
  'inventory',
  'customers',
  'pricing',
  'payments',
  'delivery',
  'finance',
  'notices',
  'rules',
  'processes',
  'insight',
  'staff',
]);
const MOST_TOPICS = 32;
const SETTLE_MS = 150;
const RETRY_MS = 3000;
/** Nobody asks more often who one is because streams do not come about: a gateway with too many has enough to do. */
const WHO_MS = 15_000;

export interface LiveOptions {
  /** Whether this person may hear a service: one topic that is refused would end the whole stream. */
  mayHear: (service: string) => boolean;
  /** Nobody is heard any more: whoever was signed in may not be by now. */
  refused: () => void;
}

/** Starts listening for as long as the page lives. */
export function startLive(client: QueryClient, { mayHear, refused }: LiveOptions): () => void {
  let source: EventSource | undefined;
  let listening = '';
  let timer: number | undefined;
  let wasOpen = false;
  let askedWho = -Infinity;

  const settle = () => {
    timer = undefined;
    const topics = wanted(client, mayHear);
    if (topics === listening && source !== undefined && source.readyState !== EventSource.CLOSED) return;
    source?.close();
    source = undefined;
    listening = topics;
    if (topics === '') return;
    source = new EventSource(`/api/live?topics=${encodeURIComponent(topics)}`);
    source.addEventListener('hello', () => {
      // After a break something may have been missed, and at first what changed since the screen's own first look.
      refresh(client, (query) => wasOpen || topicsOf(query).length > 0);
      wasOpen = true;
      askedWho = -Infinity;
    });
    source.addEventListener('changes', (event) => {
      const changes = JSON.parse((event as MessageEvent<string>).data) as Change[];
      refresh(client, (query) => changes.some((change) => concerns(query, change)));
    });
    source.addEventListener('reload', () => refresh(client, () => true));
    source.onerror = () => {
      suspectOffline();
      if (source?.readyState !== EventSource.CLOSED) return;
      if (performance.now() - askedWho > WHO_MS) {
        askedWho = performance.now();
        refused();
      }
      again(RETRY_MS);
    };
  };
  const again = (after_ms: number) => {
    timer ??= window.setTimeout(settle, after_ms);
  };

  const stop = client.getQueryCache().subscribe((event) => {
    if (event.type === 'observerAdded' || event.type === 'observerRemoved') again(SETTLE_MS);
  });
  again(0);
  return () => {
    stop();
    window.clearTimeout(timer);
    source?.close();
  };
}

/** The topics of what is on the screen, sorted, in one line. */
function wanted(client: QueryClient, mayHear: (service: string) => boolean): string {
  const topics = new Set<string>();
  for (const query of client.getQueryCache().getAll()) {
    if (query.getObserversCount() === 0) continue;
    for (const topic of topicsOf(query)) topics.add(topic);
  }
  for (const topic of topics) if (!mayHear(topic.split(':')[0] ?? '')) topics.delete(topic);
  const whole = [...topics].filter((topic) => !topic.includes(':'));
  const single = [...topics].filter((topic) => topic.includes(':') && !whole.includes(topic.split(':')[0] ?? ''));
  return [...whole, ...single].sort().slice(0, MOST_TOPICS).join(',');
}

function topicsOf(query: Query): readonly string[] {
  const named = query.meta?.live;
  if (named !== undefined) return named;
  const service = query.queryKey[0];
  return typeof service === 'string' && SERVICES.has(service) ? [service] : [];
}

/**
 * A change of one thing concerns the view whose key names it in the second place, and everything of its service that is not about one
 * of its own things: lists, and what belongs to a thing of another service, such as the pick lists of an order.
 */
function concerns(query: Query, change: Change): boolean {
  const named = topicsOf(query);
  const { data } = query.state;
  const isAbout =
    change.id !== undefined && data !== undefined && query.meta?.about?.(data).includes(change.id) === true;
  if (query.meta?.live !== undefined) {
    return isAbout || named.includes(change.topic) || named.includes(`${change.topic}:${change.id ?? ''}`);
  }
  if (!named.includes(change.topic)) return false;
  const subject = query.queryKey[1];
  const isOne = typeof subject === 'string' && /^[a-z]+_/.test(subject);
  return change.id === undefined || !isOne || subject === change.id || isAbout;
}

function refresh(client: QueryClient, which: (query: Query) => boolean): void {
  void client.invalidateQueries({ predicate: which, refetchType: 'active' });
}
