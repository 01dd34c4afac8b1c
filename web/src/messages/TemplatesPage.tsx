// What customers are written: each message in each language, whose words it has, and the way to change them.
import { Button, Group, SegmentedControl, Stack, Table, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { DetailPage, Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { usePageId } from '../kit/pageId.ts';
import { Keys, useShortcut } from '../kit/shortcuts.tsx';
import { Empty, ProblemView, Show } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { paths } from '../paths.ts';
import { useMessageTexts } from './texts.ts';

type Template = Schemas['TemplateView'];
type Parts = Schemas['Parts'];
const PAUSE_MS = 400;

function useTemplates() {
  return useQuery({
    queryKey: ['notices', 'templates'],
    queryFn: async () => (await ok(api.GET('/api/notices/templates'))).templates,
  });
}

export function TemplateListPage() {
  const t = useMessageTexts();
  const query = useTemplates();
  return (
    <DetailPage title={t('templates')} back={{ to: paths.messages, label: t('back') }}>
      <Panel title={t('templates')} flush>
        <Show query={query}>
          {(templates) => (
            <Table.ScrollContainer minWidth={520}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('template')}</Table.Th>
                    <Table.Th>{t('language')}</Table.Th>
                    <Table.Th>{t('subject')}</Table.Th>
                    <Table.Th>{t('words')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {templates.map((each) => (
                    <Table.Tr key={each.id}>
                      <Table.Td>
                        <Link to={paths.template(each.id)}>{t(`template.${each.key}`)}</Link>
                      </Table.Td>
                      <Table.Td>{t(`language.${each.language}`)}</Table.Td>
                      <Table.Td>{each.subject}</Table.Td>
                      <Table.Td>
                        {each.changed ? <Status tone="info">{t('words.own')}</Status> : t('words.shipped')}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Show>
      </Panel>
    </DetailPage>
  );
}

export function TemplatePage() {
  const t = useMessageTexts();
  const id = usePageId();
  const query = useTemplates();
  return (
    <Show query={query}>
      {(templates) => {
        const template = templates.find((each) => each.id === id);
        return template === undefined ? (
          <Empty title={t('template.missing')} />
        ) : (
          <Editor key={id} template={template} />
        );
      }}
    </Show>
  );
}

function Editor({ template }: { template: Template }) {
  const t = useMessageTexts();
  // What was read when the editing began: somebody else's save does not take away what is typed here.
  const [base, setBase] = useState(template);
  const { subject, text, html } = base;
  const [parts, setParts] = useState<Parts>({ subject, text, html });
  const begin = (from: Template) => {
    setBase(from);
    setParts({ subject: from.subject, text: from.text, html: from.html });
  };
  const [isResetting, setResetting] = useState(false);
  const set = (change: Partial<Parts>) => setParts({ ...parts, ...change });
  const isSame = parts.subject === subject && parts.text === text && parts.html === html;
  const params = { path: { id: template.id }, header: ifMatch(base.version) };
  const save = useCommand({
    run: (body: Parts) => ok(api.PUT('/api/notices/templates/{id}', { params, body })),
    touches: [['notices']],
    onDone: (saved) => {
      begin(saved);
      toast('good', t('template.saved'));
    },
  });
  const reset = useCommand({
    run: () => ok(api.DELETE('/api/notices/templates/{id}', { params })),
    touches: [['notices']],
    onDone: (shipped) => {
      begin(shipped);
      setResetting(false);
      toast('good', t('template.reset.done'));
    },
  });
  useShortcut('mod+Enter', t('template.save'), () => save.mutate(parts), !isSame && !save.isPending);
  const isLate = template.version > base.version && !save.isPending && !reset.isPending;
  return (
    <DetailPage
      title={`${t(`template.${template.key}`)} · ${t(`language.${template.language}`)}`}
      back={{ to: paths.templates, label: t('templates') }}
      status={template.changed && <Status tone="info">{t('words.own')}</Status>}
      actions={
        <>
          {template.changed && (
            <Button variant="default" onClick={() => setResetting(true)}>
              {t('template.reset')}
            </Button>
          )}
          <Button disabled={isSame} loading={save.isPending} onClick={() => save.mutate(parts)}>
            {t('template.save')}
            <Keys keys="mod+Enter" />
          </Button>
        </>
      }
      side={<Preview parts={parts} />}
    >
      {save.error !== null && <ProblemView error={save.error} />}
      {isLate && (
        <Panel title={t('late')}>
          <Group gap="sm" role="alert">
            <Button variant="default" onClick={() => begin(template)}>
              {t('late.theirs')}
            </Button>
            <Button variant="default" onClick={() => setBase({ ...base, version: template.version })}>
              {t('late.mine')}
            </Button>
          </Group>
        </Panel>
      )}
      <Panel title={t('words')}>
        <Stack gap="md">
          <TextInput
            label={t('subject')}
            value={parts.subject}
            onChange={(event) => set({ subject: event.currentTarget.value })}
          />
          <Textarea
            label={t('text')}
            description={t('text.hint')}
            value={parts.text}
            autosize
            minRows={8}
            maxRows={24}
            spellCheck
            onChange={(event) => set({ text: event.currentTarget.value })}
          />
          <Textarea
            label={t('html')}
            description={t('html.hint')}
            value={parts.html}
            autosize
            minRows={8}
            maxRows={24}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--font-figures)' } }}
            onChange={(event) => set({ html: event.currentTarget.value })}
          />
        </Stack>
      </Panel>
      <Panel title={t('placeholders')}>
        <p className="soft">{t('placeholders.text')}</p>
        <Group gap="xs" mt="xs">
          {PLACEHOLDERS.map((each) => (
            <code key={each}>{each}</code>
          ))}
        </Group>
      </Panel>
      <Confirm
        isOpen={isResetting}
        onClose={() => setResetting(false)}
        title={t('template.reset')}
        action={t('template.reset')}
        isDangerous
        isRunning={reset.isPending}
        error={reset.error}
        onConfirm={() => reset.mutate(undefined)}
      >
        <p>{t('template.reset.text')}</p>
      </Confirm>
    </DetailPage>
  );
}

const PLACEHOLDERS = [
  '{{ shop }}',
  '{{ name }}',
  '{{ number }}',
  '{{ total }}',
  '{{ delivery_fee }}',
  '{% for line in lines %} {{ line.quantity }} {{ line.name }} {{ line.total }} {% endfor %}',
  '{% if pick_up %} … {% else %} … {% endif %}',
  '{% for line in address %} {{ line }} {% endfor %}',
  '{{ site.name }}',
  '{% for line in site.address %} {{ line }} {% endfor %}',
  '{{ invoice.number }}',
  '{{ invoice.total }}',
] as const;

/** How it would read about an invented order, or what is wrong with it. */
function Preview({ parts }: { parts: Parts }) {
  const t = useMessageTexts();
  const [asked] = useDebouncedValue(parts, PAUSE_MS);
  const [shown, setShown] = useState<'html' | 'text'>('html');
  const preview = useQuery({
    queryKey: ['notices', 'preview', asked],
    queryFn: () => ok(api.POST('/api/notices/templates/preview', { body: asked })),
    staleTime: Infinity,
    retry: false,
    meta: { live: [] },
  });
  return (
    <Panel title={t('preview')}>
      <Stack gap="sm">
        <p className="soft">{t('preview.text')}</p>
        <SegmentedControl
          aria-label={t('preview')}
          data={[
            { value: 'html', label: t('html') },
            { value: 'text', label: t('text') },
          ]}
          value={shown}
          onChange={setShown}
          fullWidth
        />
        <Show query={preview} rows={6}>
          {(said) => (
            <>
              <strong>{said.subject}</strong>
              {shown === 'html' ? (
                <iframe
                  title={t('preview')}
                  sandbox=""
                  srcDoc={said.html}
                  style={{ width: '100%', height: 420, border: 0, background: '#fff', colorScheme: 'light' }}
                />
              ) : (
                <pre style={{ whiteSpace: 'pre-wrap', fontFamily: 'var(--font)' }}>{said.text}</pre>
              )}
            </>
          )}
        </Show>
      </Stack>
    </Panel>
  );
}
