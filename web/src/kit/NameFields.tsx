// The names of a thing in the other languages of the catalogue; the main name stands in a field of its own.
import { TextInput } from '@mantine/core';
import { LANGUAGES } from '../texts/language.ts';
import { useKitTexts } from './texts.ts';

type Names = Record<string, string>;

/** Things are named in the first language; the others stand beside. */
const OTHERS = LANGUAGES.filter(({ code }) => code !== 'en');

export function NameFields(props: {
  names: Names | undefined;
  longest: number;
  onChange: (names: Names) => void;
  /** What somebody else has made of it meanwhile, by language. */
  theirs?: (language: string) => string | undefined;
}) {
  const t = useKitTexts();
  return OTHERS.map(({ code, name }) => (
    <TextInput
      key={code}
      label={t('name.in', { language: name })}
      description={props.theirs?.(code)}
      value={props.names?.[code] ?? ''}
      maxLength={props.longest}
      onChange={(event) => props.onChange(withName(props.names, code, event.currentTarget.value))}
    />
  ));
}

/** The names with another one in a language; an empty one is none. */
function withName(names: Names | undefined, language: string, name: string): Names {
  const others = Object.entries(names ?? {}).filter(([each]) => each !== language);
  return Object.fromEntries(name === '' ? others : [...others, [language, name]]);
}
