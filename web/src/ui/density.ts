// Large controls for work on foot, for as long as a screen of that kind is shown. Dialogs follow, because it stands on <html>.
import { useEffect } from 'react';

export function useHandDensity(): void {
  useEffect(() => {
    document.documentElement.dataset['density'] = 'hand';
    return () => {
      delete document.documentElement.dataset['density'];
    };
  }, []);
}
