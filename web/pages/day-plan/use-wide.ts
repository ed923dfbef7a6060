import { useSyncExternalStore } from 'react';

/** From this width of the window on, the list and the customer in hand stand side by side. */
const query = window.matchMedia('(min-width: 1081px)');

export function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}
