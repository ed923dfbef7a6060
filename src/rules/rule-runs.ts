import { allOf, prepared, sqlState, type Transaction } from '#database';
import { Failure, type Text } from '#kernel';
import type { RuleDay } from './occurrence.ts';
import type { Rule } from './rule-definition.ts';

/** After these the whole transaction is tried again: serialization failure, deadlock. */
const TRANSIENT = new Set(['40001', '40P01']);

/**
 * Runs a rule so that a failure of it undoes what it did, is kept with the day, and stops no other rule. Returns undefined for one that
 * failed.
 */
export async function guarded<T>(
  tx: Transaction,
  rule: Rule,
  day: RuleDay,
  run: () => Promise<T>,
): Promise<T | undefined> {
  const started = performance.now();
  try {
    const [, result] = await allOf([tx.query(prepared('rule_begin', 'savepoint rule')), run()]);
    // Travels with what comes next; if it could fail, that would, the commit at the latest.
    tx.query(prepared('rule_end', 'release savepoint rule')).catch(() => {});
    return result;
  } catch (error) {
    const state = sqlState(error);
    if (state !== undefined && TRANSIENT.has(state)) throw error;
    // A connection that is gone refuses this as well, and the error goes up.
    await tx.query('rollback to savepoint rule');
    await noteRun(tx, rule, day, 'failed', performance.now() - started, told(error));
    return undefined;
  }
}

const told = (error: unknown): Text =>
  error instanceof Failure
    ? { zh: error.text('zh'), en: error.text('en') }
    : { zh: `程序错误：${String(error)}`, en: `a defect: ${String(error)}` };

/** Keeps how a rule fared on a business date. */
export async function noteRun(
  tx: Transaction,
  rule: Rule,
  day: RuleDay,
  status: 'done' | 'failed' | 'over_limit',
  ms: number,
  error: Text | null,
): Promise<void> {
  await tx.query(
    `insert into rule_run (rule, business_date, version, status, alerts, waiting, late, ms, error, ran_at)
     select $1, $2, $3, $4, count(*), count(*) filter (where outcome = 'over_limit'), count(*) filter (where late), $5, $6, $7
       from alert where rule = $1 and business_date = $2
     on conflict (rule, business_date) do update set version = excluded.version, status = excluded.status, alerts = excluded.alerts,
       waiting = excluded.waiting, late = excluded.late, ms = excluded.ms, error = excluded.error, ran_at = excluded.ran_at`,
    [rule.definition.code, day.date, rule.version, status, Math.round(ms), error && JSON.stringify(error), day.now],
  );
}
