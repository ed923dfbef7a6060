import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Place } from './navigation.ts';

const SEQUENCE_MS = 1_200;

/** Whether the keys belong to a control just now, or to a dialog or menu that lies above the page. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target as HTMLElement;
  return target.closest('input, textarea, select, [contenteditable], dialog, .popover') !== null;
}

/** The search box of the page, else that of the header. */
function focusSearch(): boolean {
  const boxes = [...document.querySelectorAll<HTMLInputElement>('input[data-search]')];
  const shown = boxes.filter((box) => box.offsetParent !== null);
  const box = shown.find((each) => each.dataset.search === 'page') ?? shown[0];
  box?.focus();
  box?.select();
  return box !== undefined;
}

export function useShortcuts(places: Place[], onHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let goUntil = 0;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        const box = document.querySelector<HTMLInputElement>('input[data-search=header]');
        box?.focus();
        box?.select();
        if (box) event.preventDefault();
        return;
      }
      if (isTyping(event)) {
        const target = event.target as HTMLElement;
        if (event.key === 'Escape' && target.matches?.('input[data-search]')) target.blur();
        return;
      }
      const wasGo = event.timeStamp < goUntil;
      goUntil = 0;
      const place = wasGo ? places.find((each) => each.key === event.key) : undefined;
      if (place) void navigate({ to: place.path });
      else if (event.key === 'g') goUntil = event.timeStamp + SEQUENCE_MS;
      else if (event.key === '?') onHelp();
      else if (event.key !== '/' || !focusSearch()) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [navigate, places, onHelp]);
}
