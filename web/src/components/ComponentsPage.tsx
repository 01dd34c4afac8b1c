// Every component of the design language, in every state: the page to look at before making another.
import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { Pencil } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { ProblemError } from '../api/problem.ts';
import { BarcodeInput } from '../kit/BarcodeInput.tsx';
import { DetailPage, Facts, Panel, Timeline } from '../kit/DetailPage.tsx';
import { Confirm, SideForm } from '../kit/dialogs.tsx';
import { MomentField, useMoment } from '../kit/moment.tsx';
import { Money } from '../kit/Money.tsx';
import { NameFields } from '../kit/NameFields.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { SetTable } from '../kit/SetTable.tsx';
import { Keys, ShortcutHelp, useShortcut } from '../kit/shortcuts.tsx';
import { Empty, Loading, ProblemView } from '../kit/states.tsx';
import { ORDER_STATES, OrderStatus, Status, type Tone } from '../kit/Status.tsx';
import { TextButton } from '../kit/TextButton.tsx';
import { toast, Toasts } from '../kit/toast.tsx';
import { When } from '../kit/When.tsx';
import { LanguageChoice, SchemeChoice } from '../shell/choices.tsx';
import classes from './ComponentsPage.module.css';
import { SampleList } from './SampleList.tsx';
import { useComponentTexts } from './texts.ts';

const TONES: readonly Tone[] = ['neutral', 'info', 'good', 'warning', 'bad'];
const SPACES = [1, 2, 3, 4, 5, 6, 7, 8];
const TYPE = [1, 2, 3, 4, 5, 6];
const HOUR_MS = 3_600_000;
const OPENED = Date.now();
const ago = (hours: number) => new Date(OPENED - hours * HOUR_MS).toISOString();
const refusal = (code: string, status: number, facts: Record<string, unknown> = {}) =>
  new ProblemError({ type: `/problems/${code}`, status, title: code, ...facts });

export function ComponentsPage() {
  const t = useComponentTexts();
  const [density, setDensity] = useState('desk');
  return (
    <main data-density={density} className={classes['page']}>
      <DetailPage
        title={t('title')}
        actions={
          <>
            <LanguageChoice />
            <SchemeChoice />
            <SegmentedControl
              size="xs"
              aria-label={t('density')}
              value={density}
              onChange={setDensity}
              data={[
                { value: 'desk', label: t('desk') },
                { value: 'hand', label: t('hand') },
              ]}
            />
          </>
        }
      >
        <p className="soft">{t('about')}</p>
        <Tokens />
        <Values />
        <Controls />
        <Panel title={t('list')} flush>
          <div className={classes['list']}>
            <SampleList />
          </div>
        </Panel>
        <States />
        <Together />
        <Dialogs />
      </DetailPage>
      <Toasts />
      <ShortcutHelp />
    </main>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes['row']}>
      <span className="soft">{name}</span>
      <div className={classes['things']}>{children}</div>
    </div>
  );
}

function Tokens() {
  const t = useComponentTexts();
  return (
    <Panel title={t('tokens')}>
      <Row name={t('space')}>
        {SPACES.map((step) => (
          <span
            key={step}
            className={classes['space']}
            style={{ width: `var(--space-${step})`, height: `var(--space-${step})` }}
            title={`--space-${step}`}
          />
        ))}
      </Row>
      <Row name={t('type')}>
        {TYPE.map((step) => (
          <span key={step} style={{ fontSize: `var(--text-${step})` }}>
            Aa Її {step}
          </span>
        ))}
      </Row>
      <Row name={t('meaning')}>
        {TONES.map((tone) => (
          <span
            key={tone}
            className={classes['swatch']}
            style={{
              color: `var(--${tone}-ink)`,
              background: `var(--${tone}-fill)`,
              borderColor: `var(--${tone}-line)`,
            }}
          >
            {tone}
          </span>
        ))}
      </Row>
    </Panel>
  );
}

function Values() {
  const t = useComponentTexts();
  return (
    <Panel title={t('values')}>
      <Row name="Money">
        <Money value={{ minor: 123_456, currency: 'EUR' }} />
        <Money value={{ minor: -990, currency: 'UAH' }} strong />
        <Money value={{ minor: 1200, currency: 'JPY' }} />
      </Row>
      <Row name="Quantity">
        <Quantity value={{ milli: 3000, unit: 'pcs' }} />
        <Quantity value={{ milli: 3000, unit: 'pcs' }} withPieces />
        <Quantity value={{ milli: 1250, unit: 'kg' }} />
      </Row>
      <Row name="When">
        <When at={ago(0)} />
        <When at={ago(3)} both />
        <When at={ago(-26)} />
        <When at={ago(24 * 400)} />
      </Row>
      <Row name="Status">
        {TONES.map((tone) => (
          <Status key={tone} tone={tone}>
            {tone}
          </Status>
        ))}
      </Row>
      <Row name="OrderStatus">
        {ORDER_STATES.map((state) => (
          <OrderStatus key={state} state={state} />
        ))}
      </Row>
      <Row name="Facts">
        <Facts
          of={[
            [t('name'), 'Oksana Vymyslena'],
            [t('total'), <Money key="total" value={{ minor: 4200, currency: 'EUR' }} />],
            [t('absent'), undefined],
          ]}
        />
      </Row>
      <Row name="Timeline">
        <Timeline
          entries={[
            { key: '2', what: t('happened.confirmed'), meta: <When at={ago(1)} both /> },
            { key: '1', what: t('happened.placed'), meta: <When at={ago(5)} both /> },
          ]}
        />
      </Row>
    </Panel>
  );
}

function Controls() {
  const t = useComponentTexts();
  const [code, setCode] = useState('');
  const [names, setNames] = useState<Record<string, string>>({});
  const moment = useMoment('later', { zone: undefined, isKnown: true });
  return (
    <Panel title={t('controls')}>
      <Row name="Button">
        <Button>{t('action')}</Button>
        <Button variant="default">{t('second')}</Button>
        <Button variant="subtle">{t('quiet')}</Button>
        <TextButton onClick={() => undefined}>TextButton</TextButton>
        <Button color="bad">{t('danger')}</Button>
        <Button disabled>{t('disabled')}</Button>
        <Button loading>{t('action')}</Button>
        <Button variant="default">
          {t('second')}
          <Keys keys="mod+Enter" />
        </Button>
      </Row>
      <Row name="Input">
        <Group align="flex-start">
          <TextInput label={t('name')} placeholder={t('name')} />
          <TextInput label={t('name')} defaultValue="?" error={t('wrong')} />
          <NumberInput label={t('number')} defaultValue={3} min={0} />
          <Select label={t('choice')} data={['A', 'B']} defaultValue="A" />
          <Textarea label={t('note')} rows={2} />
          <TextInput label={t('disabled')} disabled value="—" readOnly />
        </Group>
      </Row>
      <Row name="Switch">
        <Switch label={t('choice')} defaultChecked />
        <Checkbox label={t('choice')} defaultChecked />
      </Row>
      <Row name="NameFields">
        <NameFields names={names} longest={100} onChange={setNames} />
      </Row>
      <Row name="MomentField">
        <MomentField moment={moment} />
      </Row>
      <Row name="BarcodeInput">
        <BarcodeInput onCode={setCode} />
        {code !== '' && <code>{code}</code>}
      </Row>
    </Panel>
  );
}

function States() {
  const t = useComponentTexts();
  return (
    <Panel title={t('states')}>
      <Row name="Empty">
        <Empty title={t('empty')} text={t('empty.text')} action={<Button variant="default">{t('second')}</Button>} />
      </Row>
      <Row name="Loading">
        <div style={{ width: 420, maxWidth: '100%' }}>
          <Loading rows={3} />
        </div>
      </Row>
      <Row name="ProblemView">
        <div className={classes['stack']}>
          <ProblemView error={refusal('orders/not-cancellable', 409, { state: 'released' })} />
          <ProblemView error={refusal('kit/stale', 412)} />
          <ProblemView error={refusal('kit/fault', 500)} onRetry={() => undefined} />
          <ProblemView error={new TypeError('failed to fetch')} onRetry={() => undefined} />
        </div>
      </Row>
    </Panel>
  );
}

/** What is set as a whole: the table alone; its forms are side forms. */
function Together() {
  const t = useComponentTexts();
  const rows = ['1', '2'].map((number) => ({ number, name: `${t('row')} ${number}` }));
  const query = { data: rows, error: null, isPending: false, refetch: () => undefined };
  return (
    <SetTable
      title="SetTable"
      query={query}
      rows={(seen) => seen}
      rowKey={(row) => row.number}
      empty={{ title: t('empty') }}
      add={{ label: t('second'), isQuiet: true, onAdd: () => undefined }}
      onOpen={() => () => undefined}
      columns={[
        { key: 'name', header: t('name'), cell: (row) => row.name },
        { key: 'number', header: t('number'), align: 'end', cell: (row) => row.number },
      ]}
      acts={(row) => [{ icon: Pencil, label: `${t('form')}: ${row.name}`, onAct: () => undefined }]}
    />
  );
}

function Dialogs() {
  const t = useComponentTexts();
  const [open, setOpen] = useState<'confirm' | 'form' | undefined>(undefined);
  useShortcut('x', t('toast'), () => toast('info', t('toast')));
  const close = () => setOpen(undefined);
  return (
    <Panel title={t('dialogs')}>
      <Row name="Confirm, SideForm">
        <Button variant="default" onClick={() => setOpen('confirm')}>
          {t('confirm')}
        </Button>
        <Button variant="default" onClick={() => setOpen('form')}>
          {t('form')}
        </Button>
      </Row>
      <Row name="toast">
        {TONES.map((tone) => (
          <Button key={tone} variant="default" onClick={() => toast(tone, `${t('toast')} (${tone})`)}>
            {tone}
          </Button>
        ))}
        <Keys keys="x" />
      </Row>
      <Confirm
        isOpen={open === 'confirm'}
        onClose={close}
        title={t('confirm')}
        action={t('danger')}
        isDangerous
        onConfirm={close}
      >
        <p>{t('confirm.text')}</p>
      </Confirm>
      <SideForm isOpen={open === 'form'} onClose={close} title={t('form')} onSubmit={close}>
        <TextInput label={t('name')} data-autofocus />
      </SideForm>
    </Panel>
  );
}
