import type { ReactNode } from 'react';
import { useTitle } from './use-title.ts';

/** The line at the top of a page: its name, a word about it, and what can be done. */
export function PageHead({ title, hint, children }: { title: ReactNode; hint?: ReactNode; children?: ReactNode }) {
  useTitle(typeof title === 'string' ? title : undefined);
  return (
    <header className="page-head">
      <h1>{title}</h1>
      {hint && <p className="page-hint ellipsis">{hint}</p>}
      {children && <div className="page-actions">{children}</div>}
    </header>
  );
}

/** A part of a page under a heading: separated by a hairline, not boxed. */
export function Panel({
  title,
  actions,
  children,
  label,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  label?: string;
}) {
  return (
    <section className="panel" aria-label={label}>
      {(title !== undefined || actions !== undefined) && (
        <header className="panel-head">
          <h2>{title}</h2>
          {actions && <div className="panel-actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
