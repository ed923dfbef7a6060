/** Asks once for a fresh proof when the server wants one, whatever asked the server: one dialog for all who wait. */
import { lazy, Suspense, useSyncExternalStore } from 'react';
import { whenProofNeeded } from '../api/client.ts';

const StepUpDialog = lazy(() =>
  import('../security/step-up-dialog.tsx').then((module) => ({ default: module.StepUpDialog })),
);

let waiting: { promise: Promise<boolean>; settle: (proven: boolean) => void } | undefined;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

whenProofNeeded(() => {
  if (!waiting) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    waiting = {
      promise,
      settle(proven) {
        waiting = undefined;
        tell();
        resolve(proven);
      },
    };
    tell();
  }
  return waiting.promise;
});

export function StepUp() {
  const open = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting,
  );
  if (!open) return null;
  return (
    <Suspense>
      <StepUpDialog onDone={open.settle} />
    </Suspense>
  );
}
