import type { Database, Transaction } from '#database';
import { enqueue, type JobContext, type JobHandler } from '#jobs';
import { type Clock, dateIn, Failure, type FailureKind, type Text } from '#kernel';
import { notifyHolders } from '#notifications';
import { kinds, reasons } from './failures.ts';
import { post } from './post.ts';
import { DELIVER_JOB } from './put.ts';
import { signedHeaders } from './sign.ts';
import { resealTargets, secretOf } from './targets.ts';

/** Pauses after each failed try; after the one behind the last, the row is dead. */
export const PAUSE_SECONDS = [10, 30, 120, 600, 1_800, 3_600, 10_800];

const limits = {
  batchRows: 40,
  atOnce: 8,
  /** While a try is under way nobody else makes one. */
  leaseSeconds: 120,
  keptDays: 90,
};

/** Who is told that something could not be delivered. */
const TOLD = ['system_admin'];

interface Due {
  id: string;
  target: string;
  body: Record<string, unknown> & { data: Record<string, unknown> };
  tries: number;
  erased: boolean;
  target_id: string | null;
  url: string;
  internal: boolean;
  figures: boolean;
  active: boolean;
  label: Text;
}

/** Delivers what is due until nothing is, and comes back when the next try is. */
export const deliverHandler: JobHandler<unknown> = {
  kind: DELIVER_JOB,
  label: { zh: '投递发件箱', en: 'Deliver the outbox' },
  async run(ctx) {
    const counts = { sent: 0, failed: 0 };
    for (;;) {
      ctx.signal.throwIfAborted();
      const due = await claim(ctx);
      if (due.length === 0) break;
      for (let from = 0; from < due.length; from += limits.atOnce) {
        const tried = await Promise.all(due.slice(from, from + limits.atOnce).map((row) => deliver(ctx, row)));
        for (const sent of tried) counts[sent ? 'sent' : 'failed'] += 1;
      }
    }
    await comeBack(ctx.database, ctx.clock);
    return counts;
  },
};

async function claim({ database, clock }: JobContext): Promise<Due[]> {
  const { rows } = await database.query<Due>(
    `with due as (
       select id from outbox where status = 'waiting' and kind = 'webhook' and not_before <= $1
        order by not_before, id limit $2 for update skip locked),
     taken as (
       update outbox o set tries = o.tries + 1, not_before = $1::timestamptz + make_interval(secs => $3) from due where o.id = due.id
       returning o.id, o.target, o.body, o.tries, o.customer_id)
     select taken.id, taken.target, taken.body, taken.tries,
       exists (select from customer_salt s where s.customer_id = taken.customer_id and s.erased_at is not null) as erased,
       t.id as target_id, t.url, t.internal, t.figures, t.active, t.label
       from taken left join webhook_target t on t.code = taken.target`,
    [clock().toISOString(), limits.batchRows, limits.leaseSeconds],
  );
  return rows;
}

/** One try; what comes of it stands in the row. Returns whether it was taken. */
async function deliver(ctx: JobContext, row: Due): Promise<boolean> {
  const failure = await attempt(ctx, row);
  // The program is stopping: the row's lease ends by itself.
  if (ctx.signal.aborted && failure) return false;
  await ctx.database.transaction((tx) => note(ctx, tx, row, failure));
  return failure === null;
}

async function attempt({ database, clock, signal }: JobContext, row: Due): Promise<Failure | null> {
  if (row.erased) return new Failure(reasons.erased);
  if (row.target_id === null) return new Failure(reasons.target_missing, { code: row.target });
  if (!row.active) return new Failure(reasons.target_inactive, { code: row.target });
  try {
    const { figures: _, ...rest } = row.body.data;
    const body = JSON.stringify({ ...row.body, data: row.figures ? row.body.data : rest });
    const headers = signedHeaders(await secretOf(database, row.target_id), row.id, clock(), body);
    const status = await post(new URL(row.url), row, headers, body, signal);
    if (status >= 200 && status < 300) return null;
    if (status === 410) return new Failure(reasons.gone);
    return new Failure(status >= 300 && status < 400 ? reasons.redirected : reasons.answered, { status });
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Failures after which no further try is made. */
const FINAL = new Set<FailureKind>([reasons.gone, kinds.address_forbidden, reasons.redirected]);

async function note({ clock }: JobContext, tx: Transaction, row: Due, failure: Failure | null): Promise<void> {
  const now = clock();
  if (!failure) {
    await tx.query("update outbox set status = 'sent', error = null, done_at = $2 where id = $1", [row.id, now]);
    return;
  }
  const error = { code: failure.kind.code, zh: failure.text('zh'), en: failure.text('en') };
  const pause = FINAL.has(failure.kind) ? undefined : PAUSE_SECONDS[row.tries - 1];
  const status = failure.kind === reasons.erased ? 'refused' : pause === undefined ? 'dead' : 'waiting';
  await tx.query(
    `update outbox set status = $2, error = $3, not_before = $4::timestamptz + make_interval(secs => $5),
       done_at = case when $2 = 'waiting' then null else $4::timestamptz end where id = $1`,
    [row.id, status, JSON.stringify(error), now.toISOString(), pause ?? 0],
  );
  if (status !== 'dead') return;
  const name = row.label ?? { zh: row.target, en: row.target };
  // Once a day and target: a receiver that is down makes many dead at once.
  await notifyHolders(tx, now, TOLD, `outbox/${row.target}/${dateIn('UTC', now)}`, {
    level: 'warning',
    title: {
      zh: `推送到“${name.zh}”失败，已停止重试`,
      en: `Deliveries to "${name.en}" failed and are not tried again`,
    },
    text: { zh: error.zh, en: error.en },
    path: '/outbox?status=dead',
    rule: null,
  });
}

/** A job for the next try, if one is waiting. */
async function comeBack(database: Database, clock: Clock): Promise<void> {
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ next: string | null }>(
      "select min(not_before) as next from outbox where status = 'waiting' and kind = 'webhook'",
    );
    const next = rows[0]!.next;
    if (next === null) return;
    const runAt = new Date(next);
    await enqueue(tx, clock, { kind: DELIVER_JOB, payload: null, runAt, key: runAt.toISOString() });
  });
}

export const TIDY_JOB = 'outbox.tidy';

/** Forgets what was sent long ago, and seals secrets anew after a rotation of keys. */
export const tidyHandler: JobHandler<unknown> = {
  kind: TIDY_JOB,
  label: { zh: '清理发件箱', en: 'Clear the outbox' },
  run: async ({ database, clock }) =>
    await database.transaction(async (tx) => {
      const { rowCount } = await tx.query(
        `delete from outbox where status in ('sent', 'refused') and done_at < $1::timestamptz - make_interval(days => $2)`,
        [clock().toISOString(), limits.keptDays],
      );
      return { deleted: rowCount, resealed: await resealTargets(tx) };
    }),
};
