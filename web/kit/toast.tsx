import { useEffect, useRef, useSyncExternalStore } from 'react';
import { Icon } from './icon.tsx';

interface Toast {
  id: number;
  text: string;
  kind: 'ok' | 'problem';
  action: ToastAction | undefined;
}

/** A way back from what has just been done. */
export interface ToastAction {
  label: string;
  run: () => void;
}

const SHOWN_MS = 4_000;
const PROBLEM_SHOWN_MS = 8_000;
const ACTION_SHOWN_MS = 10_000;
const TOASTS_MAX = 3;

let toasts: Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says for a few seconds what has been done, or what went wrong. */
export function toast(text: string, kind: Toast['kind'] = 'ok', action?: ToastAction): void {
  last += 1;
  const id = last;
  set([...toasts.slice(1 - TOASTS_MAX), { id, text, kind, action }]);
  setTimeout(() => dismiss(id), action ? ACTION_SHOWN_MS : kind === 'ok' ? SHOWN_MS : PROBLEM_SHOWN_MS);
}

function dismiss(id: number): void {
  set(toasts.filter((each) => each.id !== id));
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  const region = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Shown anew each time, so that it lies above any dialog opened since.
    if (shown.length === 0) return;
    const element = region.current;
    element?.showPopover?.();
    return () => element?.hidePopover?.();
  }, [shown]);
  return (
    <div ref={region} popover="manual" className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, kind, action }) => (
        <div key={id} className={`toast toast-${kind}`}>
          <Icon name={kind === 'ok' ? 'check' : 'danger'} />
          <span>{text}</span>
          {action && (
            <button
              type="button"
              className="toast-action"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
