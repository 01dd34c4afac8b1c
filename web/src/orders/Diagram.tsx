// The procedure's drawing. The watermark of the drawing library stays visible: its licence asks for it.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import { useEffect, useRef, useState } from 'react';
import classes from './diagram.module.css';
import { useOrderTexts } from './texts.ts';

interface Canvas {
  zoom: (to: 'fit-viewport') => void;
  addMarker: (element: string, marker: string) => void;
  removeMarker: (element: string, marker: string) => void;
}

export function Diagram(props: { xml: string; visited: readonly string[]; waiting: readonly string[] }) {
  const t = useOrderTexts();
  const place = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<NavigatedViewer>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = new NavigatedViewer({ container: place.current });
    let isGone = false;
    made.importXML(props.xml).then(
      () => {
        if (isGone) return;
        made.get<Canvas>('canvas').zoom('fit-viewport');
        setViewer(made);
      },
      () => setFailed(true),
    );
    return () => {
      isGone = true;
      made.destroy();
      setViewer(undefined);
    };
  }, [props.xml]);
  const { visited, waiting } = props;
  useEffect(() => {
    if (viewer === undefined) return undefined;
    const canvas = viewer.get<Canvas>('canvas');
    const marks: [string, string][] = [
      ...visited.map((element): [string, string] => [element, 'is-visited']),
      ...waiting.map((element): [string, string] => [element, 'is-waiting']),
    ];
    const put = marks.filter(([element, marker]) => {
      try {
        canvas.addMarker(element, marker);
        return true;
      } catch {
        // Not everything that was passed is drawn.
        return false;
      }
    });
    return () => {
      for (const [element, marker] of put) canvas.removeMarker(element, marker);
    };
  }, [viewer, visited, waiting]);
  if (failed) return <p>{t('procedure.undrawn')}</p>;
  return (
    <div
      ref={place}
      className={classes['diagram']}
      role="group"
      aria-label={t('procedure.label', { at: waiting.join(', ') })}
    />
  );
}
