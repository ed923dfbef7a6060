import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from 'react';

const GAP_PX = 4;
const EDGE_PX = 8;
/** Below this width of the window a popover is a sheet at the bottom edge. */
export const PHONE_MAX_PX = 720;

interface PopoverProps {
  open: boolean;
  onClose: () => void;
  /** What it hangs from. */
  anchor: RefObject<HTMLElement | null>;
  align?: 'start' | 'end';
  /** At least as wide as the anchor: for lists of choices below an input. */
  stretch?: boolean;
  className?: string;
  children: ReactNode;
}

/**
 * A panel in the browser's top layer, so that it shows above dialogs and is never clipped. Closes on Esc and on a press
 * outside. It is drawn where it stands in the tree: inside a dialog it stays part of that dialog.
 */
export function Popover({ open, ...rest }: PopoverProps) {
  return open ? <OpenPopover {...rest} /> : null;
}

function OpenPopover({ onClose, anchor, align = 'start', stretch, className, children }: Omit<PopoverProps, 'open'>) {
  const panel = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;

  useLayoutEffect(() => {
    const element = panel.current!;
    element.showPopover?.();
    const place = () => {
      if (!anchor.current) return;
      if (window.innerWidth <= PHONE_MAX_PX && !stretch) {
        element.style.cssText = '';
        element.dataset.sheet = '';
        return;
      }
      delete element.dataset.sheet;
      const base = anchor.current.getBoundingClientRect();
      if (stretch) element.style.minWidth = `${base.width}px`;
      element.style.maxHeight = '';
      const { width, height } = element.getBoundingClientRect();
      const below = window.innerHeight - base.bottom - GAP_PX - EDGE_PX;
      const above = base.top - GAP_PX - EDGE_PX;
      const upward = height > below && above > below;
      element.style.maxHeight = `${upward ? above : below}px`;
      element.style.top = upward
        ? `${Math.max(EDGE_PX, base.top - GAP_PX - Math.min(height, above))}px`
        : `${base.bottom + GAP_PX}px`;
      const left = align === 'end' ? base.right - width : base.left;
      element.style.left = `${Math.max(EDGE_PX, Math.min(left, window.innerWidth - width - EDGE_PX))}px`;
    };
    place();
    const watch = new ResizeObserver(place);
    watch.observe(element);
    window.addEventListener('resize', place);
    window.addEventListener('scroll', place, true);
    return () => {
      watch.disconnect();
      window.removeEventListener('resize', place);
      window.removeEventListener('scroll', place, true);
    };
  }, [anchor, align, stretch]);

  useEffect(() => {
    const press = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!panel.current?.contains(target) && !anchor.current?.contains(target)) close.current();
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // Only the topmost layer answers to Esc: not the dialog below, nor the page.
      event.preventDefault();
      event.stopPropagation();
      close.current();
      anchor.current?.querySelector<HTMLElement>('button, input')?.focus();
      anchor.current?.focus();
    };
    document.addEventListener('pointerdown', press, true);
    document.addEventListener('keydown', key, true);
    return () => {
      document.removeEventListener('pointerdown', press, true);
      document.removeEventListener('keydown', key, true);
    };
  }, [anchor]);

  return (
    <div ref={panel} popover="manual" className={`popover ${className ?? ''}`}>
      {children}
    </div>
  );
}
