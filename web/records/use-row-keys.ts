import { type RefObject, useEffect, useRef } from 'react';
import { isTyping } from '../app/shortcuts.ts';

interface RowKeys {
  scroller: RefObject<HTMLElement | null>;
  /** The current row; −1 before any. */
  at: number;
  count: number;
  /** Brings a row into view and makes it the current one. */
  onMove: (index: number) => void;
  onOpen: (index: number) => void;
  onCreate?: (() => void) | undefined;
}

/** j, k and the arrows walk the rows, Enter opens, n makes a new one; the current row has the focus. */
export function useRowKeys(keys: RowKeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  const wantsFocus = useRef(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || event.shiftKey) return;
      const { scroller, at, count, onMove, onOpen, onCreate } = latest.current;
      const target = event.target as HTMLElement;
      const inList = scroller.current?.contains(target) || target === document.body;
      const moveTo = (index: number) => {
        wantsFocus.current = true;
        onMove(Math.max(0, Math.min(count - 1, index)));
      };
      if (event.key === 'j' || (inList && event.key === 'ArrowDown')) moveTo(at + 1);
      else if (event.key === 'k' || (inList && event.key === 'ArrowUp')) moveTo(at - 1);
      else if (inList && event.key === 'Home') moveTo(0);
      else if (inList && event.key === 'End') moveTo(count - 1);
      else if (event.key === 'n' && onCreate) onCreate();
      else if (event.key === 'Enter' && inList && at >= 0 && at < count && !target.closest('a, button')) onOpen(at);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  useEffect(() => {
    const { scroller, at } = latest.current;
    if (!wantsFocus.current || at < 0) return;
    // The row may be drawn only after the list has scrolled to it.
    const frame = requestAnimationFrame(() => {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${at}"]`);
      if (row) {
        wantsFocus.current = false;
        row.focus({ preventScroll: true });
      }
    });
    return () => cancelAnimationFrame(frame);
  });
}
