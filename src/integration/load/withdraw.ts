import { record } from '#audit';
import { type Database, type Queryable, sql, type Transaction } from '#database';
import { type Actor, type BusinessDate, type Clock, Failure } from '#kernel';
import type { Model } from '#metadata';
import { changedSince, deleteFacts, type KeptRow, restoreRecords, UNDO_DAYS } from '#records';
import { loadKinds } from '../failures.ts';
import { LOAD_LOCK } from './run.ts';
import type { LoadProgress } from './runs.ts';
import { settleRun } from './settle.ts';

export interface WithdrawContext {
  database: Database;
  model: Model;
  clock: Clock;
  actor: Actor;
}

/** What became of a withdrawal; kept with the run. */
export interface Withdrawal {
  at: string;
  by: string;
  reason: string;
  /** Rows that somebody changed since stay as they are, because the person said so. */
  skip: boolean;
  /** Facts taken back, records restored, records removed, rows left as they are. */
  result?: { facts: number; restored: number; removed: number; kept: number };
  /** Why nothing was done: rows that were changed since. */
  refused?: { kept: number; sample: KeptRow[] };
}

interface Run {
  id: string;
  mapping: string;
  source: string;
  date: BusinessDate;
  status: string;
  dry: boolean;
  createdAt: string;
  withdrawal: Withdrawal | null;
}

const DAY_MS = 86_400_000;

/** Throws the Failure that says why a run cannot be withdrawn as things stand. */
export async function checkWithdrawable(db: Queryable, clock: Clock, id: string): Promise<Run> {
  const { rows } = await db.query<Run>(
    `select id, mapping, source, business_date as date, status, dry, created_at as "createdAt", withdrawal
       from load_run where id = $1`,
    [id],
  );
  const run = rows[0];
  if (!run) throw new Failure(loadKinds.run_missing, { id });
  if (run.status === 'withdrawn') throw new Failure(loadKinds.withdrawn_already, { id });
  if (run.dry || !['done', 'refreshing', 'withdrawing'].includes(run.status)) {
    throw new Failure(loadKinds.withdraw_nothing, { id });
  }
  if (clock().getTime() - Date.parse(run.createdAt) > UNDO_DAYS * DAY_MS) {
    throw new Failure(loadKinds.withdraw_late, { days: UNDO_DAYS });
  }
  // What a later batch found there, it compared with what this one had left: they go back in their order.
  const { rows: later } = await db.query<{ id: string; date: BusinessDate }>(
    `select r.id, r.business_date as date from load_run r
      where r.mapping = $1 and r.id > $2 and not r.dry and r.status in ('running', 'refreshing', 'done', 'withdrawing')
        and (r.status = 'running' or exists (select from load_file f where f.run_id = r.id and f.inserted + f.updated + f.corrected > 0))
      order by r.id desc limit 1`,
    [run.mapping, id],
  );
  if (later[0]) throw new Failure(loadKinds.withdraw_order, { later: later[0].id, date: later[0].date });
  return run;
}

/**
 * Takes a run back: facts that it brought go, facts that it corrected and records that it changed become what they were, records that it made
 * go. All in one transaction and in sets. Where rows were changed since, nothing is done and they are told, unless `skip` leaves them as they
 * are. What is computed from the rows is noted and follows.
 */
export async function withdrawRun(
  ctx: WithdrawContext,
  id: string,
  asked: Omit<Withdrawal, 'result' | 'refused'>,
  watch: { signal?: AbortSignal; onProgress?: (progress: LoadProgress) => void } = {},
): Promise<Withdrawal> {
  const { database, clock } = ctx;
  const outcome = await database.transaction(
    async (tx) => {
      await tx.query('set local idle_in_transaction_session_timeout = 0');
      await tx.query('select pg_advisory_xact_lock($1)', [LOAD_LOCK]);
      const run = await checkWithdrawable(tx, clock, id);
      // Cut off while numbers were being brought up to date: the rows are taken back already.
      if (run.withdrawal?.result) return run.withdrawal;
      const taken = await takeBack(tx, ctx, run, asked);
      const status = taken.refused ? 'done' : 'withdrawing';
      await tx.query('update load_run set status = $2, withdrawal = $3, progress = null where id = $1', [
        id,
        status,
        JSON.stringify(taken),
      ]);
      return taken;
    },
    { statementTimeoutMs: 0 },
  );
  if (!outcome.refused) await settleRun(ctx, id, 'withdrawn', watch);
  return outcome;
}

async function takeBack(
  tx: Transaction,
  { model, clock, actor }: WithdrawContext,
  run: Run,
  asked: Omit<Withdrawal, 'result' | 'refused'>,
): Promise<Withdrawal> {
  if (!asked.skip) {
    const since = await changedSince(tx, model, run.id);
    if (since.kept > 0) return { ...asked, refused: since };
  }
  let facts = 0;
  const { rows } = await tx.query<{ entity: string; first: BusinessDate; last: BusinessDate }>(
    `select entity, min(first_date) as first, max(last_date) as last from load_file
      where run_id = $1 and first_date is not null group by entity`,
    [run.id],
  );
  for (const { entity, first, last } of rows) {
    const where = sql`t.batch_id = ${run.id}::bigint and t.business_date between ${first}::date and ${last}::date`;
    facts += (await deleteFacts(tx, model.entity(entity), where)).deleted;
  }
  const { restored, removed, kept } = await restoreRecords(tx, model, run.id);
  const result = { facts, restored, removed, kept };
  await record(tx, {
    at: clock(),
    actor,
    action: 'load',
    purpose: asked.reason,
    detail: { run: run.id, mapping: run.mapping, date: run.date, withdrawn: result, skip: asked.skip },
  });
  return { ...asked, result };
}
