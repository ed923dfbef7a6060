import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';

export interface Tab<C extends string = string> {
  code: C;
  label: ReactNode;
  /** A figure beside the label. */
  count?: number | undefined;
}

interface TabsProps<C extends string> {
  label: string;
  tabs: Tab<C>[];
  value: C;
  onChange: (code: C) => void;
  /** The panel of the tab that is chosen. */
  children?: ReactNode;
}

export function Tabs<C extends string>({ label, tabs, value, onChange, children }: TabsProps<C>) {
  const id = useId();
  const bar = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = (tabs.findIndex((tab) => tab.code === value) + step + tabs.length) % tabs.length;
    onChange(tabs[at]!.code);
    bar.current?.querySelectorAll<HTMLElement>('[role=tab]')[at]?.focus();
  };
  return (
    <>
      <div ref={bar} className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.code}
            type="button"
            role="tab"
            id={`${id}-${tab.code}`}
            aria-selected={tab.code === value}
            aria-controls={`${id}-panel`}
            tabIndex={tab.code === value ? 0 : -1}
            onClick={() => onChange(tab.code)}
          >
            {tab.label}
            {tab.count !== undefined && <span className="tab-count">{tab.count}</span>}
          </button>
        ))}
      </div>
      {children !== undefined && (
        <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${value}`} className="tab-panel">
          {children}
        </div>
      )}
    </>
  );
}
