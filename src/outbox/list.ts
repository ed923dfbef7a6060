import { record } from '#audit';
import { sql } from '#database';
import { asOwner, type OwnerContext } from '#identity';
import { enqueue } from '#jobs';
import { Failure, type Text } from '#kernel';
import { kinds } from './failures.ts';
import { DELIVER_JOB } from './put.ts';

export const STATUSES = ['waiting', 'sent', 'dead', 'refused'] as const;
export type Status = (typeof STATUSES)[number];

const limits = { page: 50, countMax: 10_000 };

interface Row {
  id: string;
  at: string;
  kind: 'message' | 'webhook';
  target: string;
  rule: string | null;
  status: Status;
  notBefore: string;
  tries: number;
  error: Text | null;
  doneAt: string | null;
}

/** What left or waits to leave, newest first: never what it says, nor about whom. */
export async function listOutbox(
  ctx: OwnerContext,
  {
    status,
    kind,
    after,
  }: { status?: Status | undefined; kind?: Row['kind'] | undefined; after: { at: string; id: string } | null },
) {
  return await asOwner(ctx, async (tx) => {
    const { rows } = await tx.query<Row>(
      sql`select id, at, kind, target, rule, status, not_before as "notBefore", tries, error, done_at as "doneAt" from outbox
        where (${status ?? null}::text is null or status = ${status ?? null}) and (${kind ?? null}::text is null or kind = ${kind ?? null})
          and (${after === null} or (at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::bigint))
        order by at desc, id desc limit ${limits.page + 1}`,
    );
    const { rows: counted } = await tx.query<{ status: Status; count: number }>(
      `select s.status, (select count(*)::int from (select from outbox o where o.status = s.status limit ${limits.countMax}) c) as count
         from unnest($1::text[]) s (status)`,
      [STATUSES],
    );
    const instant = (text: string) => new Date(text).toISOString();
    const items = rows.slice(0, limits.page).map((row) => ({
      ...row,
      at: instant(row.at),
      notBefore: instant(row.notBefore),
      doneAt: row.doneAt === null ? null : instant(row.doneAt),
      error: row.error?.[ctx.language] ?? null,
    }));
    const last = items.at(-1);
    return {
      items,
      counts: Object.fromEntries(counted.map((each) => [each.status, each.count])) as Record<Status, number>,
      next: rows.length > limits.page && last ? `${last.at}_${last.id}` : null,
    };
  });
}

/** Sends again what was given up: one, or everything dead of a target. Returns how many. */
export async function sendAgain(ctx: OwnerContext, what: { id: string } | { target: string }): Promise<number> {
  return await asOwner(ctx, async (tx) => {
    const now = ctx.clock();
    if ('id' in what) {
      const { rows } = await tx.query<{ status: Status }>('select status from outbox where id = $1 for update', [
        what.id,
      ]);
      if (!rows[0]) throw new Failure(kinds.not_sent);
      if (rows[0].status !== 'dead') throw new Failure(kinds.not_dead, { status: rows[0].status });
    }
    const { rowCount } = await tx.query(
      `update outbox set status = 'waiting', tries = 0, error = null, not_before = $3, done_at = null
        where status = 'dead' and (id = $1::bigint or target = $2)`,
      ['id' in what ? what.id : null, 'target' in what ? what.target : null, now],
    );
    if (rowCount > 0) await enqueue(tx, ctx.clock, { kind: DELIVER_JOB, payload: null });
    const recordId = 'id' in what ? what.id : undefined;
    await record(tx, {
      at: now,
      actor: ctx.actor,
      action: 'configure',
      entity: 'outbox',
      recordId,
      detail: { sent_again: rowCount, ...what },
    });
    return rowCount;
  });
}
