// A procedure's drawing, in a field that scrolls: as large as its names can be read, and moved to where the procedure waits or ended.
// Scrolling is the browser's own, so it works with wheel, keys and thumb. The watermark of the drawing library stays visible: its
// licence asks for it. Large: whoever shows it loads it lazily.
import Viewer from 'bpmn-js/lib/Viewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import { ActionIcon } from '@mantine/core';
import { Maximize2, Minus, Plus, LocateFixed } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import classes from './diagram.module.css';
import { useKitTexts } from './texts.ts';

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Canvas {
  viewbox: (box?: Box) => { inner: Box };
  resized: () => void;
  addMarker: (element: string, marker: string) => void;
  removeMarker: (element: string, marker: string) => void;
}

interface Elements {
  get: (id: string) => Partial<Box> | undefined;
}

/** A drawing that is ready, with the part of the plane it takes. */
interface Drawn {
  viewer: Viewer;
  area: Box;
}

const MARGIN = 24;
const LEAST = 0.25;
const MOST = 2;
/** Smaller than this, the names in it are an effort to read. */
const LEGIBLE = 1;
const STEP = 1.25;

interface Overlays {
  add: (element: string, overlay: { position: { top: number; left: number }; html: HTMLElement }) => string;
  remove: (id: string) => void;
}

/** Elements by what is to be seen at them. */
interface Marks {
  visited: readonly string[];
  waiting: readonly string[];
  stuck: readonly string[];
}

export interface DiagramProps {
  xml: string;
  /** Says what the drawing shows, for who cannot see it. */
  label: string;
  marks?: Marks;
  /** Where to look where it waits nowhere any more. */
  focus?: string | undefined;
  /** How many procedures wait at which element. */
  counts?: Readonly<Record<string, number>>;
}

const UNMARKED: Marks = { visited: [], waiting: [], stuck: [] };

export function Diagram({ xml, label, marks = UNMARKED, focus, counts }: DiagramProps) {
  const t = useKitTexts();
  const frame = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLDivElement>(null);
  const plane = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<Drawn>();
  const [hasFailed, setFailed] = useState(false);
  const [scale, setScale] = useState(1);

  useEffect(() => {
    if (plane.current === null) return undefined;
    const viewer = new Viewer({ container: plane.current });
    const mark = plane.current.querySelector('.bjs-powered-by');
    if (mark !== null) frame.current?.append(mark);
    let isGone = false;
    viewer.importXML(xml).then(
      () => {
        if (isGone) return;
        const { inner } = viewer.get<Canvas>('canvas').viewbox();
        const area = {
          x: inner.x - MARGIN,
          y: inner.y - MARGIN,
          width: inner.width + 2 * MARGIN,
          height: inner.height + 2 * MARGIN,
        };
        setScale(LEGIBLE);
        setFailed(false);
        setDrawn({ viewer, area });
      },
      () => {
        if (!isGone) setFailed(true);
      },
    );
    return () => {
      isGone = true;
      mark?.remove();
      viewer.destroy();
      setDrawn(undefined);
    };
  }, [xml]);

  useMarks(drawn, marks);
  useCounts(drawn, counts);

  // The plane has the size of the drawing; what of it is seen, the field decides.
  useEffect(() => {
    if (drawn === undefined) return;
    const canvas = drawn.viewer.get<Canvas>('canvas');
    canvas.resized();
    canvas.viewbox(drawn.area);
  }, [drawn, scale]);

  const at = marks.stuck[0] ?? marks.waiting[0] ?? focus;
  const show = (element: string | undefined) => {
    const [view, shape] = [field.current, element === undefined ? undefined : place(drawn, element)];
    if (view === null || drawn === undefined || shape === undefined) return;
    const left = (shape.x + shape.width / 2 - drawn.area.x) * scale - view.clientWidth / 2;
    const top = (shape.y + shape.height / 2 - drawn.area.y) * scale - view.clientHeight / 2;
    view.scrollTo({ left, top });
  };
  useShown(drawn, scale, at, show);

  const zoom = (to: number) => setScale(Math.min(MOST, Math.max(LEAST, to)));
  const whole = () => {
    const view = field.current;
    if (view === null || drawn === undefined) return;
    zoom(Math.min(view.clientWidth / drawn.area.width, view.clientHeight / drawn.area.height, 1));
  };
  if (hasFailed) return <p>{t('diagram.undrawn')}</p>;
  return (
    <div className={classes['frame']} ref={frame}>
      {/* What scrolls is reached by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={field} className={classes['field']} role="group" aria-label={label} tabIndex={0}>
        <div
          ref={plane}
          className={classes['plane']}
          style={
            drawn === undefined
              ? { width: '100%', height: '100%' }
              : { width: drawn.area.width * scale, height: drawn.area.height * scale }
          }
        />
      </div>
      <div className={classes['tools']}>
        {at !== undefined && (
          <ActionIcon variant="default" size={34} aria-label={t('diagram.locate')} onClick={() => show(at)}>
            <LocateFixed size={17} aria-hidden />
          </ActionIcon>
        )}
        <ActionIcon variant="default" size={34} aria-label={t('diagram.smaller')} onClick={() => zoom(scale / STEP)}>
          <Minus size={17} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" size={34} aria-label={t('diagram.larger')} onClick={() => zoom(scale * STEP)}>
          <Plus size={17} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" size={34} aria-label={t('diagram.whole')} onClick={whole}>
          <Maximize2 size={16} aria-hidden />
        </ActionIcon>
      </div>
    </div>
  );
}

function place(drawn: Drawn | undefined, element: string): Box | undefined {
  const shape = drawn?.viewer.get<Elements>('elementRegistry').get(element);
  if (shape?.x === undefined || shape.y === undefined) return undefined;
  return { x: shape.x, y: shape.y, width: shape.width ?? 0, height: shape.height ?? 0 };
}

/** Goes to where it waits when that is another place, and when the drawing has another size. */
function useShown(
  drawn: Drawn | undefined,
  scale: number,
  at: string | undefined,
  show: (at: string | undefined) => void,
): void {
  const shown = useRef(show);
  useEffect(() => {
    shown.current = show;
  });
  useEffect(() => shown.current(at), [drawn, scale, at]);
}

function useMarks(drawn: Drawn | undefined, { visited, waiting, stuck }: Marks): void {
  const key = JSON.stringify([visited, waiting, stuck]);
  useEffect(() => {
    if (drawn === undefined) return undefined;
    const [passed, here, broken] = JSON.parse(key) as [string[], string[], string[]];
    const canvas = drawn.viewer.get<Canvas>('canvas');
    const wanted: [string, string][] = [
      ...passed.map((element): [string, string] => [element, 'is-visited']),
      ...here.map((element): [string, string] => [element, 'is-waiting']),
      ...broken.map((element): [string, string] => [element, 'is-stuck']),
    ];
    const put = wanted.filter(([element]) => place(drawn, element) !== undefined);
    for (const [element, marker] of put) canvas.addMarker(element, marker);
    return () => {
      for (const [element, marker] of put) canvas.removeMarker(element, marker);
    };
  }, [drawn, key]);
}

function useCounts(drawn: Drawn | undefined, counts: DiagramProps['counts']): void {
  const key = JSON.stringify(counts ?? {});
  useEffect(() => {
    if (drawn === undefined) return undefined;
    const overlays = drawn.viewer.get<Overlays>('overlays');
    const put = Object.entries(JSON.parse(key) as Record<string, number>).flatMap(([element, count]) => {
      // Not everything at which something can wait is drawn.
      if (place(drawn, element) === undefined) return [];
      const html = document.createElement('span');
      html.className = classes['count'] ?? '';
      html.textContent = String(count);
      return [overlays.add(element, { position: { top: -12, left: -12 }, html })];
    });
    return () => {
      for (const id of put) overlays.remove(id);
    };
  }, [drawn, key]);
}
