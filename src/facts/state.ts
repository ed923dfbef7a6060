import { type Queryable, sqlState, type Transaction } from '#database';
import type { BusinessDate } from '#kernel';
import { type Model, PUBLICATIONS, publicationsIn } from '#metadata';
import type { Accumulator } from './engine/layout.ts';
import { dayStatement } from './statement.ts';

/** What the stored balances, totals, metrics and histories speak of. */
export interface State {
  /** Null: nothing is computed yet. */
  asOf: BusinessDate | null;
  /** Fingerprint of what the stored metrics were made by. */
  definitions: string | null;
  /** What the histories were built for. */
  accumulators: Accumulator[] | null;
  /** How many publications of definitions it follows. */
  publications: number;
}

interface StateRow extends Omit<State, 'accumulators'> {
  accumulators: string | null;
}

/** Live facts ask for the state one by one, and it is the same for a day: what hangs on it is known by the object. */
let last: { text: string; accumulators: Accumulator[] } | undefined;

export async function readState(db: Queryable): Promise<State> {
  const { rows } = await db.query<StateRow>(
    dayStatement('select as_of::text as "asOf", definitions, accumulators::text, publications from facts_state', []),
  );
  const { accumulators: text, ...state } = rows[0]!;
  if (text === null) return { ...state, accumulators: null };
  if (last?.text !== text) last = { text, accumulators: JSON.parse(text) as Accumulator[] };
  return { ...state, accumulators: last.accumulators };
}

/** Were definitions published that the model does not know yet? What it would compute, others have left behind. */
export const isOutdated = (model: Model, { publications }: Pick<State, 'publications'>): boolean =>
  publicationsIn(model) < publications;

/** From here on whoever does not know of what was just published leaves the state alone. Part of the publication's transaction. */
export async function followPublication(tx: Transaction): Promise<void> {
  await tx.query(`update facts_state set publications = ${PUBLICATIONS}`);
}

/**
 * Keeps the state for this transaction alone. Must be its first statement: locking a table takes no view of the data yet, so what is seen
 * afterwards is what the one before left.
 */
export async function holdState(tx: Transaction): Promise<void> {
  await tx.query('lock table facts_state in share row exclusive mode');
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Keeps the state from being changed as a whole, beside others who do; false, without waiting, when somebody holds it alone. */
export async function shareState(tx: Transaction): Promise<boolean> {
  return (await sharingState(tx, async () => true)) ?? false;
}

/**
 * The same, and asks `read` in the same breath; null when somebody holds the state alone. All is undone up to here by
 * `rollback to savepoint shared_state`, the sharing as well.
 */
export async function sharingState<T>(tx: Transaction, read: () => Promise<T>): Promise<T | null> {
  const begun = tx.query(dayStatement('savepoint shared_state', []));
  const locked = tx.query(dayStatement('lock table facts_state in row exclusive mode nowait', [])).then(
    () => true,
    (error: unknown) => {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      return false;
    },
  );
  const [, isShared, found] = await Promise.allSettled([begun, locked, read()]);
  if (isShared.status === 'fulfilled' && !isShared.value) {
    await tx.query('rollback to savepoint shared_state');
    return null;
  }
  for (const each of [isShared, found]) if (each.status === 'rejected') throw each.reason;
  return (found as PromiseFulfilledResult<T>).value;
}
