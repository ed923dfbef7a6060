import { record } from '#audit';
import type { Transaction } from '#database';
import type { Actor } from '#kernel';
import { failureJson, type ItemResult, STATUSES } from './write.ts';

const MINUTE_MS = 60_000;
const NO_SOURCE = '';

/** Adds what became of items to the figures of this minute, and makes audit events of minutes that are past. */
export async function countEvents(
  tx: Transaction,
  now: Date,
  answers: readonly { actor: Actor; results: readonly ItemResult[] }[],
): Promise<void> {
  const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
  for (const { actor, results } of answers) {
    const bySource = Map.groupBy(results, ({ source }) => source ?? NO_SOURCE);
    for (const [source, items] of bySource) await countOne(tx, now, minute, actor, source, items);
  }
  await auditMinutes(tx, now, minute);
}

async function countOne(
  tx: Transaction,
  now: Date,
  minute: Date,
  actor: Actor,
  source: string,
  items: readonly ItemResult[],
): Promise<void> {
  const counts = STATUSES.map((status) => items.filter((item) => item.status === status).length);
  const reasons: Record<string, { count: number; id: string | null; zh: string; en: string; field?: string }> = {};
  for (const { failure, id } of items) {
    if (!failure) continue;
    const { code, ...text } = failureJson(failure);
    reasons[code] = { count: (reasons[code]?.count ?? 0) + 1, id, ...text };
  }
  await tx.query(
    `insert into event_figure as f (source, user_id, minute, actor, last_at, reasons, ${STATUSES.join(', ')})
       values ($1, $2, $3, $4, $5, $6, ${STATUSES.map((_, index) => `$${index + 7}`).join(', ')})
     on conflict (source, user_id, minute) do update set last_at = excluded.last_at, audited = false,
       ${STATUSES.map((status) => `${status} = f.${status} + excluded.${status}`).join(', ')},
       reasons = f.reasons || coalesce((
         select jsonb_object_agg(r.key, r.value || jsonb_build_object('count', (r.value->>'count')::bigint + coalesce((f.reasons->r.key->>'count')::bigint, 0)))
           from jsonb_each(excluded.reasons) r), '{}')`,
    [source, actor.userId ?? '0', minute, actor.username, now, JSON.stringify(reasons), ...counts],
  );
}

/** One audit event for each source, caller and minute; corrections and deletions have been told one by one. */
export async function auditMinutes(tx: Transaction, now: Date, before: Date): Promise<void> {
  const { rows } = await tx.query<Record<string, string> & { minute: string }>(
    `update event_figure set audited = true where not audited and minute < $1 returning source, user_id, actor, minute, ${STATUSES.join(', ')}`,
    [before],
  );
  for (const { source, user_id, actor, minute, ...counts } of rows) {
    const told = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== '0'));
    await record(tx, {
      at: now,
      actor: { userId: user_id === '0' ? null : user_id!, username: actor! },
      action: 'load',
      detail: { events: source, minute, ...told },
    });
  }
}
