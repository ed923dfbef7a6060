import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Icon, type IconName } from './icon.tsx';
import { Popover } from './popover.tsx';

export interface MenuItem {
  code: string;
  label: ReactNode;
  icon?: IconName;
  chosen?: boolean;
  /** A heading above this item opens a new group. */
  group?: string;
  onSelect: () => void;
}

interface MenuProps {
  label: string;
  items: MenuItem[];
  align?: 'start' | 'end';
  /** Shown above the items. */
  header?: ReactNode;
  /** The button that opens the menu; it gets what it needs to be announced as such. */
  trigger: (props: { onClick: () => void; 'aria-haspopup': 'menu'; 'aria-expanded': boolean }) => ReactNode;
}

export function Menu({ label, items, align, header, trigger }: MenuProps) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (open) list.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus();
  }, [open]);

  const move = (event: KeyboardEvent) => {
    const entries = [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    entries[(next + entries.length) % entries.length]?.focus();
  };

  return (
    <span ref={anchor} className="menu-anchor">
      {trigger({ onClick: () => setOpen(!open), 'aria-haspopup': 'menu', 'aria-expanded': open })}
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} align={align ?? 'start'} className="menu">
        {header}
        <div ref={list} role="menu" aria-label={label} tabIndex={-1} onKeyDown={move}>
          {items.map((item) => (
            <div key={item.code} role="none">
              {item.group !== undefined && (
                <div className="menu-group" role="presentation">
                  {item.group}
                </div>
              )}
              <button
                type="button"
                {...(item.chosen === undefined
                  ? { role: 'menuitem' }
                  : { role: 'menuitemradio', 'aria-checked': item.chosen })}
                className="menu-item"
                onClick={() => {
                  setOpen(false);
                  item.onSelect();
                }}
              >
                {item.icon && <Icon name={item.icon} />}
                <span className="menu-label">{item.label}</span>
                {item.chosen && <Icon name="check" />}
              </button>
            </div>
          ))}
        </div>
      </Popover>
    </span>
  );
}
