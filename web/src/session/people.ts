// The names of colleagues: actors of a timeline are `person:psn_…`; what is asked for is gathered and asked once.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { ask } from '../api/client.ts';
import { useSessionTexts } from './texts.ts';

interface Person {
  id: string;
  name: string;
}

const wanted = new Set<string>();

/** All names that were ever wanted here; colleagues are few and their names rarely change. */
const peopleQuery = queryOptions({
  queryKey: ['staff', 'people'],
  queryFn: async () => {
    const people = [...wanted];
    if (people.length === 0) return new Map<string, string>();
    const answer = await ask<{ people: Person[] }>('POST', '/api/staff/people/ask', { people });
    return new Map(answer.people.map(({ id, name }) => [id, name]));
  },
  staleTime: 300_000,
  meta: { live: [] },
});

/** The name of an actor for people: `person:psn_…` by name, who orders as a customer, a service as the system, a key as it is. */
export function usePeople(): (actor: string) => string {
  const t = useSessionTexts();
  const { data, refetch, isFetching } = useQuery(peopleQuery);
  return (actor) => {
    if (actor === 'guest') return t('guest');
    if (actor.startsWith('service:')) return t('service');
    if (!actor.startsWith('person:')) return actor;
    const id = actor.slice('person:'.length);
    if (!wanted.has(id)) {
      wanted.add(id);
      if (!isFetching) queueMicrotask(() => void refetch());
    }
    return data?.get(id) ?? '…';
  };
}
