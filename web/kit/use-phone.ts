import { useSyncExternalStore } from 'react';
import { PHONE_MAX_PX } from './popover.tsx';

const query = window.matchMedia(`(max-width: ${PHONE_MAX_PX}px)`);

/** Whether the window is as narrow as a phone: for what style sheets alone cannot change. */
export function usePhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}
