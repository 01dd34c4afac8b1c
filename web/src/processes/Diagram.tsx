// A procedure's drawing. The watermark of the drawing library stays visible: its licence asks for it. Loaded lazily by who shows it.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import { useEffect, useRef, useState } from 'react';
import classes from './diagram.module.css';
import { useProcessTexts } from './texts.ts';

interface Canvas {
  zoom: (to: 'fit-viewport', center: 'auto') => void;
  addMarker: (element: string, marker: string) => void;
  removeMarker: (element: string, marker: string) => void;
}

interface Overlays {
  add: (element: string, overlay: { position: { top: number; left: number }; html: HTMLElement }) => string;
  remove: (id: string) => void;
}

export interface DiagramProps {
  xml: string;
  /** Says what the drawing shows, for who cannot see it. */
  label: string;
  /** Elements that a fault is about. */
  faulty?: readonly string[];
  /** How many procedures wait at which element. */
  counts?: Readonly<Record<string, number>>;
}

const NONE: readonly string[] = [];

export function Diagram({ xml, label, faulty = NONE, counts }: DiagramProps) {
  const t = useProcessTexts();
  const place = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<NavigatedViewer>();
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = new NavigatedViewer({ container: place.current });
    let isGone = false;
    made.importXML(xml).then(
      () => {
        if (isGone) return;
        made.get<Canvas>('canvas').zoom('fit-viewport', 'auto');
        setViewer(made);
      },
      () => {
        if (!isGone) setFailed(xml);
      },
    );
    return () => {
      isGone = true;
      made.destroy();
      setViewer(undefined);
    };
  }, [xml]);
  useEffect(() => {
    if (viewer === undefined) return undefined;
    const canvas = viewer.get<Canvas>('canvas');
    // Not everything that can be at fault is drawn.
    const put = faulty.filter((element) => succeeds(() => canvas.addMarker(element, 'is-faulty')));
    return () => {
      for (const element of put) canvas.removeMarker(element, 'is-faulty');
    };
  }, [viewer, faulty]);
  useEffect(() => {
    if (viewer === undefined || counts === undefined) return undefined;
    const overlays = viewer.get<Overlays>('overlays');
    const put: string[] = [];
    for (const [element, count] of Object.entries(counts)) {
      const html = document.createElement('span');
      html.className = classes['count'] ?? '';
      html.textContent = String(count);
      succeeds(() => put.push(overlays.add(element, { position: { top: -12, left: -12 }, html })));
    }
    return () => {
      for (const id of put) overlays.remove(id);
    };
  }, [viewer, counts]);
  if (failed === xml) return <p>{t('diagram.undrawn')}</p>;
  return <div ref={place} className={classes['diagram']} role="group" aria-label={label} />;
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
