// The procedure drawn by hand: the drawing library's editor, and beside it what a step says beyond its name. Loaded lazily.
import Modeler from 'bpmn-js/lib/Modeler';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import { Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { ProblemView } from '../kit/states.tsx';
import classes from './processes.module.css';
import { useProcessTexts } from './texts.ts';

interface Business {
  $type: string;
  $attrs: Record<string, string>;
  id: string;
  name?: string;
  implementation?: string;
  conditionExpression?: { body?: string };
  get: (name: string) => unknown;
}

interface Shape {
  id: string;
  businessObject: Business;
}

interface EventBus {
  on: (event: string, listener: (event: { newSelection: Shape[] }) => void) => void;
}

interface Modeling {
  updateProperties: (shape: Shape, properties: Record<string, unknown>) => void;
}

interface Moddle {
  create: (type: string, properties: Record<string, unknown>) => unknown;
}

interface Canvas {
  zoom: (to: 'fit-viewport', center: 'auto') => void;
}

/** What each kind of step says in attributes of our own. */
const SAYS: Record<string, readonly string[]> = {
  'bpmn:UserTask': ['backroom:group', 'backroom:due', 'backroom:outcomes'],
  'bpmn:ServiceTask': ['implementation'],
  'bpmn:BusinessRuleTask': ['backroom:decision'],
  'bpmn:BoundaryEvent': ['backroom:escalate'],
  'bpmn:SequenceFlow': ['condition'],
};

export interface DrawingProps {
  /** What it begins with; later texts of one's own hand do not draw it anew. */
  xml: string;
  label: string;
  onChange: (xml: string) => void;
}

export function Drawing({ xml, label, onChange }: DrawingProps) {
  const t = useProcessTexts();
  const place = useRef<HTMLDivElement>(null);
  const [first] = useState(xml);
  const [modeler, setModeler] = useState<Modeler>();
  const [chosen, setChosen] = useState<Shape>();
  const [failed, setFailed] = useState<unknown>();
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  }, [onChange]);
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = new Modeler({ container: place.current });
    let isGone = false;
    const bus = made.get<EventBus>('eventBus');
    made.importXML(first).then(
      () => {
        if (isGone) return;
        made.get<Canvas>('canvas').zoom('fit-viewport', 'auto');
        bus.on('selection.changed', ({ newSelection }) =>
          setChosen(newSelection.length === 1 ? newSelection[0] : undefined),
        );
        bus.on('commandStack.changed', () => {
          void made.saveXML({ format: true }).then((saved) => {
            if (saved.xml !== undefined) tell.current(saved.xml);
          });
        });
        setModeler(made);
      },
      (error: unknown) => {
        if (!isGone) setFailed(error);
      },
    );
    return () => {
      isGone = true;
      made.destroy();
      setModeler(undefined);
    };
  }, [first]);
  if (failed !== undefined && modeler === undefined) return <ProblemView error={failed} />;
  return (
    <div className={classes['drawing']}>
      <div ref={place} className={classes['canvas']} role="application" aria-label={label} />
      {modeler !== undefined && chosen !== undefined ? (
        <Says key={chosen.id} modeler={modeler} shape={chosen} />
      ) : (
        <Text size="sm" c="dimmed">
          {t('draw.choose')}
        </Text>
      )}
    </div>
  );
}

function Says({ modeler, shape }: { modeler: Modeler; shape: Shape }) {
  const t = useProcessTexts();
  const business = shape.businessObject;
  const fields = ['name', ...(SAYS[business.$type] ?? [])];
  const read = (field: string): string => {
    if (field === 'condition') return business.conditionExpression?.body ?? '';
    if (field.startsWith('backroom:')) return business.$attrs[field] ?? '';
    const value = business.get(field);
    return typeof value === 'string' ? value : '';
  };
  const [values, setValues] = useState(() => Object.fromEntries(fields.map((field) => [field, read(field)])));
  const write = (field: string, value: string) => {
    setValues({ ...values, [field]: value });
    const said = value === '' ? undefined : value;
    const condition = said && modeler.get<Moddle>('moddle').create('bpmn:FormalExpression', { body: said });
    const change = field === 'condition' ? { conditionExpression: condition } : { [field]: said };
    modeler.get<Modeling>('modeling').updateProperties(shape, change);
  };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {business.$type.replace('bpmn:', '')} · {business.id}
      </Text>
      {fields.map((field) => (
        <TextInput
          key={field}
          label={field === 'name' ? t('draw.name') : field.replace('backroom:', '')}
          value={values[field] ?? ''}
          spellCheck={field === 'name'}
          onChange={(event) => write(field, event.currentTarget.value)}
        />
      ))}
    </Stack>
  );
}
