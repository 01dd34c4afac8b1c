// How queries behave everywhere: refusals are not asked again, a lost connection is; commands keep their request key until they succeed.
import {
  MutationCache,
  QueryCache,
  QueryClient,
  replaceEqualDeep,
  useMutation,
  useQueryClient,
  type UseMutationResult,
} from '@tanstack/react-query';
import { useId, useRef } from 'react';
import { newKey } from './client.ts';
import { onReturn, suspectOffline } from './online.ts';
import { isProblem, ProblemError } from './problem.ts';

export function makeQueryClient(onSignedOut: () => void): QueryClient {
  const failed = (error: unknown) => {
    if (error instanceof ProblemError && error.code === 'kit/unauthenticated') onSignedOut();
    if (error instanceof TypeError) suspectOffline();
  };
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => !(error instanceof ProblemError && error.problem.status < 500) && failures < 2,
        staleTime: 5_000,
        structuralSharing: newer,
        // A server on this machine answers also when the browser believes to be offline.
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
    queryCache: new QueryCache({ onError: failed }),
    mutationCache: new MutationCache({ onError: failed }),
  });
  onReturn(() => void client.invalidateQueries({ refetchType: 'active' }));
  return client;
}

/** No answer is under way for longer: requests have a deadline. */
const LATE_MS = 10_000;
interface Versioned {
  id: string;
  version: number;
  /** Of a cart: the order it has become. */
  order?: unknown;
}

/** When a look at a thing was taken. */
const taken = new WeakMap<object, number>();

/**
 * Of two looks at one thing the later version: an answer that was on its way while a command changed the thing tells how it was before,
 * and would stay on the screen. What is older though nothing can be on its way any more is true: the data were put back.
 */
function newer(shown: unknown, come: unknown): unknown {
  if (!isVersioned(come)) return replaceEqualDeep(shown, come);
  const isOlder = isVersioned(shown) && shown.id === come.id && isBefore(come, shown);
  if (isOlder && Date.now() - (taken.get(shown) ?? 0) < LATE_MS) return shown;
  const data = replaceEqualDeep(shown, come);
  if (data !== shown) taken.set(data, Date.now());
  return data;
}

function isBefore(come: Versioned, shown: Versioned): boolean {
  // What a cart has become, an order, counts its own versions; it is no cart again.
  const wasPlaced = shown.order != null;
  const isPlaced = come.order != null;
  return wasPlaced === isPlaced ? come.version < shown.version : wasPlaced;
}

function isVersioned(data: unknown): data is Versioned {
  return (
    typeof data === 'object' && data !== null && 'id' in data && 'version' in data && typeof data.version === 'number'
  );
}

export interface CommandOptions<In, Out> {
  /** Sends the command. `key` is the same until it succeeds or `input` changes. */
  run: (input: In, key: string) => Promise<Out>;
  /** First parts of the keys of queries that show something else now. */
  touches?: readonly (readonly unknown[])[];
  /** One after the other, each for itself: two scans of a code are two pieces, and the last of many taps holds. */
  inTurn?: boolean;
  onDone?: (out: Out, input: In) => void;
  onRefused?: (error: unknown, input: In) => void;
}

/** A changing call: one request key per intent; the queries it touches are read again, also when it was refused as stale. */
export function useCommand<In, Out>(options: CommandOptions<In, Out>): UseMutationResult<Out, Error, In> {
  const client = useQueryClient();
  const intent = useRef<{ input: string; key: string } | undefined>(undefined);
  const again = () => Promise.all((options.touches ?? []).map((queryKey) => client.invalidateQueries({ queryKey })));
  const id = useId();
  return useMutation<Out, Error, In>({
    ...(options.inTurn === true ? { scope: { id } } : {}),
    mutationFn: (input) => {
      const text = JSON.stringify([input]);
      if (intent.current?.input !== text) intent.current = { input: text, key: newKey() };
      return options.run(input, intent.current.key);
    },
    onSuccess: async (out, input) => {
      intent.current = undefined;
      options.onDone?.(out, input);
      await again();
    },
    onError: async (error, input) => {
      options.onRefused?.(error, input);
      if (isProblem(error, 'kit/stale')) await again();
    },
  });
}
