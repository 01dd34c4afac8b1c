// A password to hand to somebody: typed, or made up here and copied.
import { Button, CopyButton, Group, TextInput } from '@mantine/core';
import { useStaffTexts } from './texts.ts';

/** Without characters that are mistaken for each other. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP = 4;

/** Four groups of four: 79 bits, and it can be read over the telephone. */
function madeUp(): string {
  const groups = Array.from({ length: GROUPS }, () => {
    let text = '';
    while (text.length < GROUP) {
      for (const byte of crypto.getRandomValues(new Uint8Array(GROUP))) {
        // Every letter as often as another.
        if (byte < LETTERS.length * 8 && text.length < GROUP) text += LETTERS[byte % LETTERS.length] ?? '';
      }
    }
    return text;
  });
  return groups.join('-');
}

export function PasswordField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useStaffTexts();
  return (
    <div>
      <TextInput
        label={t('password')}
        description={t('password.hint')}
        value={value}
        required
        minLength={10}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Group gap="xs" mt="xs">
        <Button variant="default" size="xs" onClick={() => onChange(madeUp())}>
          {t('password.make')}
        </Button>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button variant="default" size="xs" disabled={value === ''} onClick={copy}>
              {t(copied ? 'password.copied' : 'password.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
    </div>
  );
}
