import type { ReactNode } from 'react';

/** One part of the sentence: its word in the margin, what it says beside it. */
export function Block({
  word,
  title,
  children,
  action,
}: {
  word: string;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <section className="rule-block" aria-label={word}>
      <h2 className="rule-word">{word}</h2>
      <div className="rule-content">
        <header className="rule-content-head">
          <span className="quiet">{title}</span>
          {action}
        </header>
        {children}
      </div>
    </section>
  );
}

/** Words and controls in one line, as they are read. */
export const Line = ({ children }: { children: ReactNode }) => <div className="rule-line">{children}</div>;
