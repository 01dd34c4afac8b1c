// What a form says at a field that somebody else has changed while it was open.
import { useKitTexts } from './texts.ts';

/** Compares what stands in a form with what the server has now; says the other one's value where they differ. */
export function useTheirs(): (mine: string, theirs: string | undefined) => string | undefined {
  const t = useKitTexts();
  return (mine, theirs) => {
    if (theirs === undefined || theirs === mine) return undefined;
    return theirs === '' ? t('theirs.none') : t('theirs', { value: theirs });
  };
}

/** A code of small letters, digits and dashes made of a name; empty where its letters give none. */
export function codeOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
}
