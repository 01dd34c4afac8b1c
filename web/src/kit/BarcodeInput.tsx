// A field for codes: typed, from a hand scanner (which types very fast and ends with Enter, wherever the focus is), or by the
// camera where the browser can read codes.
import { ActionIcon, TextInput } from '@mantine/core';
import { Camera, CameraOff, ScanBarcode } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useKitTexts } from './texts.ts';

interface DetectedCode {
  rawValue: string;
}

interface CodeDetector {
  detect: (source: HTMLVideoElement) => Promise<DetectedCode[]>;
}

declare global {
  interface Window {
    BarcodeDetector?: new () => CodeDetector;
  }
}

/** A hand types slower than this; a scanner faster. */
const SCANNER_GAP_MS = 45;
const SHORTEST_CODE = 4;
const LOOK_EVERY_MS = 250;

/** Hears a hand scanner while the focus is in no field. */
export function useScanner(onCode: (code: string) => void): void {
  const tell = useEffectEvent(onCode);
  useEffect(() => {
    let typed = '';
    let last = 0;
    const listener = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.timeStamp - last > SCANNER_GAP_MS) typed = '';
      last = event.timeStamp;
      if (event.key === 'Enter') {
        if (typed.length >= SHORTEST_CODE) {
          event.preventDefault();
          event.stopPropagation();
          tell(typed);
        }
        typed = '';
      } else if (event.key.length === 1) {
        typed += event.key;
      }
    };
    window.addEventListener('keydown', listener, true);
    return () => window.removeEventListener('keydown', listener, true);
  }, []);
}

export function BarcodeInput(props: { onCode: (code: string) => void; label?: string; isBusy?: boolean }) {
  const t = useKitTexts();
  const [text, setText] = useState('');
  const [isLooking, setLooking] = useState(false);
  useScanner(props.onCode);
  const label = props.label ?? t('barcode.label');
  const send = () => {
    const code = text.trim();
    if (code === '') return;
    setText('');
    props.onCode(code);
  };
  const canLook = window.BarcodeDetector !== undefined && 'mediaDevices' in navigator;
  return (
    <div>
      <TextInput
        aria-label={label}
        placeholder={t('barcode.placeholder')}
        value={text}
        inputMode="numeric"
        autoComplete="off"
        enterKeyHint="done"
        leftSection={<ScanBarcode size={20} aria-hidden />}
        {...(canLook
          ? {
              rightSection: (
                <ActionIcon
                  aria-label={isLooking ? t('barcode.camera.stop') : t('barcode.camera')}
                  onClick={() => setLooking(!isLooking)}
                >
                  {isLooking ? <CameraOff size={20} aria-hidden /> : <Camera size={20} aria-hidden />}
                </ActionIcon>
              ),
            }
          : {})}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            send();
          }
        }}
        disabled={props.isBusy ?? false}
      />
      {isLooking && <Finder onCode={props.onCode} failed={t('barcode.camera.failed')} />}
    </div>
  );
}

function Finder({ onCode, failed }: { onCode: (code: string) => void; failed: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const [hasFailed, setFailed] = useState(false);
  const tell = useEffectEvent(onCode);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer: number | undefined;
    let isOver = false;
    let seen = '';
    const start = async () => {
      const Detector = window.BarcodeDetector;
      if (Detector === undefined) return;
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      const element = video.current;
      if (isOver || element === null) return;
      element.srcObject = stream;
      await element.play();
      const detector = new Detector();
      timer = window.setInterval(() => {
        void detector.detect(element).then(([found]) => {
          // One look at a code is one scan; taking it away and showing it again is another.
          if (found !== undefined && found.rawValue !== seen) tell(found.rawValue);
          seen = found?.rawValue ?? '';
        });
      }, LOOK_EVERY_MS);
    };
    start().catch(() => setFailed(true));
    return () => {
      isOver = true;
      window.clearInterval(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  if (hasFailed) return <p role="alert">{failed}</p>;
  return <video ref={video} muted playsInline style={{ width: '100%', borderRadius: 8, marginTop: 8 }} />;
}
