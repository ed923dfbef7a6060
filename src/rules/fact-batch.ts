import type { FactsDay } from '#facts';
import type { BusinessDate } from '#kernel';
import { type BulkResult, type BulkRow, type BulkTarget, byDate, type Posted } from '#records';

/** New facts of one entity, as `writeBulk` takes them. */
export interface FactBatch {
  target: Omit<BulkTarget, 'folded' | 'exceptions'>;
  rows: BulkRow[];
}

export interface IngestResult {
  /** What became of each batch, in their order; with the facts that were not new. */
  batches: BulkResult[];
  /** Customers whose metrics, tiers and tags were brought up to date in the same transaction. */
  customers: number;
  /** False while a day is run: what is to be brought up to date is noted and follows as soon as the day is done. */
  folded: boolean;
}

export const entitiesOf = (batches: readonly FactBatch[]): ReadonlySet<string> =>
  new Set(batches.map(({ target }) => target.entity.code));

/** Where the facts say what balances are: the customers by their first date. */
export function postings({ target, rows }: FactBatch, day: FactsDay): Posted[] {
  if (target.entity.code !== 'transaction') return [];
  const [customer, date, balance] = ['customer', 'business_date', 'balance_after'].map((code) => placeOf(target, code));
  const first = new Map<string, BusinessDate>();
  for (const row of rows) {
    const [id, on] = [row[customer!]!, row[date!]!];
    if (on > day.date || row[balance!] === undefined || row[balance!] === null) continue;
    const known = first.get(id);
    if (known === undefined || on < known) first.set(id, on);
  }
  return byDate(first);
}

/** Facts of days up to the stored one: those that were run already were run without them. */
export function lateFacts({ target, rows }: FactBatch, day: FactsDay): { date: BusinessDate }[] {
  const at = placeOf(target, 'business_date');
  return rows.flatMap((row) => (row[at]! <= day.date ? [{ date: row[at]! }] : []));
}

/** Place of a column in a row, behind its id and source key. */
export const placeOf = ({ columns }: FactBatch['target'], code: string) => columns.indexOf(code) + 2;
