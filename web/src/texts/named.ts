// Things that carry their names in several languages.
import { useLanguage } from './language.ts';

interface Named {
  name: string;
  names?: Record<string, string> | undefined;
}

/** The name of a thing in the reader's language; its main name where there is no other. */
export function useNamed(): (thing: Named) => string {
  const language = useLanguage();
  return (thing) => thing.names?.[language] ?? thing.name;
}
