import type { ReactNode } from 'react';
import type { BlockSource } from '../../api/customer.ts';
import { useInstitution } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { useTexts } from '../../texts/texts.ts';

interface BlockProps {
  title: string;
  count?: number | undefined;
  source?: BlockSource | undefined;
  /** Facts end with the last that happened: an old one is no sign of old data. */
  facts?: boolean;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A part of the customer page: its name, how many, where it comes from and of which day. */
export function Block({ title, count, source, facts, actions, className, children }: BlockProps) {
  return (
    <section className={`block ${className ?? ''}`} aria-label={title}>
      <header className="block-head">
        <h2>{title}</h2>
        {count !== undefined && count > 0 && <span className="faint">{count}</span>}
        {source && <Freshness source={source} facts={facts === true} />}
        {actions && <div className="block-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** Where rows came from and of which day they are; older than the business date is worth a look. */
function Freshness({ source, facts }: { source: BlockSource; facts: boolean }) {
  const { t } = useTexts();
  const { businessDate } = useInstitution();
  const old = !facts && source.asOf !== null && businessDate !== null && source.asOf < businessDate;
  return (
    <span className={`freshness ${old ? 'freshness-old' : ''}`}>
      {[
        source.source && t('customer.source', { source: source.source }),
        source.asOf && t(facts ? 'customer.latest' : 'customer.asOf', { date: source.asOf }),
      ]
        .filter(Boolean)
        .join(' · ')}
    </span>
  );
}

/** Where a block's rows came from last; each row says it of itself. */
export function sourceOf(rows: readonly Row[]): BlockSource | undefined {
  const loaded = rows
    .filter(({ source }) => typeof source === 'string')
    .map(({ source, asOf, business_date: date }) => {
      // A fact is of the day on which it happened.
      const day = asOf ?? date;
      return { source: String(source), asOf: typeof day === 'string' ? day : null };
    });
  return loaded.toSorted((a, b) => (b.asOf ?? '').localeCompare(a.asOf ?? ''))[0];
}

export function Nothing({ children }: { children: ReactNode }) {
  return <p className="block-nothing faint">{children}</p>;
}
