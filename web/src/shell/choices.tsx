// The choices of a browser: language and colours.
import { SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { Moon, Sun, SunMoon } from 'lucide-react';
import { LANGUAGES, setLanguage, useLanguage } from '../texts/language.ts';
import { useShellTexts } from './texts.ts';

export function LanguageChoice() {
  const t = useShellTexts();
  const language = useLanguage();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('language')}
      value={language}
      onChange={(next) => setLanguage(next)}
      data={LANGUAGES.map(({ code, name }) => ({
        value: code,
        label: (
          <span lang={code}>
            <span aria-hidden>{code === 'uk' ? 'УК' : 'EN'}</span>
            <span className="unseen">{name}</span>
          </span>
        ),
      }))}
    />
  );
}

const SCHEMES = [
  { value: 'auto', icon: SunMoon },
  { value: 'light', icon: Sun },
  { value: 'dark', icon: Moon },
] as const;

export function SchemeChoice() {
  const t = useShellTexts();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('scheme')}
      value={colorScheme}
      onChange={(next) => setColorScheme(next)}
      data={SCHEMES.map(({ value, icon: Icon }) => ({
        value,
        label: (
          <span title={t(`scheme.${value}`)}>
            <Icon size={16} aria-hidden style={{ display: 'block' }} />
            <span className="unseen">{t(`scheme.${value}`)}</span>
          </span>
        ),
      }))}
    />
  );
}
