import { type Context, may, scopeCondition } from '#access';
import { join, raw, type Sql, sql } from '#database';
import { titleOf } from '#records';
import { limitsOf } from './policy.ts';
import { stateOf } from './reveals.ts';
import { stepsJson } from './steps.ts';

const limits = {
  waiting: 100,
  mine: 50,
  history: 50,
  historyDays: 30,
};

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface RevealItem {
  id: string;
  state: 'requested' | 'active' | 'refused' | 'cancelled' | 'revoked';
  requested_at: string;
  expires_at: string | null;
  db_open: boolean | null;
  item: Record<string, unknown>;
}

/** Reveals as people see them; the record is named as far as the reader may know it. */
async function readReveals(
  ctx: Context,
  condition: Sql,
  order: string,
  limit: number,
): Promise<Record<string, unknown>[]> {
  const { model, actor } = ctx;
  const customerTitle = titleOf(model, actor, model.entity('customer'), 'c');
  const customer = may(actor, 'customer.read')
    ? `(select json_build_object('id', c.id::text, 'label', ${customerTitle}) from customer c where c.id = r.of_customer)`
    : 'null::json';
  const { rows } = await ctx.database.query<RevealItem>(
    sql`select r.id, r.state, r.requested_at, r.expires_at, r.db_expires_at > clock_timestamp() as db_open,
        json_build_object('id', r.id::text, 'act', 'reveal', 'entity', r.entity, 'record', r.record_id::text, 'field', r.field,
          'customer', ${raw(customer)}, 'purpose', r.purpose, 'reason', r.reason, 'ticket', r.ticket, 'minutes', r.minutes, 'path', r.path,
          'requestedAt', r.requested_at, 'startedAt', r.started_at, 'expiresAt', r.expires_at, 'valuesShown', r.values_shown,
          'maker', (select json_build_object('id', u.id::text, 'name', u.name, 'unit', o.name) from "user" u left join org_unit o on o.id = u.org_unit_id where u.id = r.maker_id),
          'reviewDueAt', r.review_due_at, 'reviewedAt', r.reviewed_at, 'verdict', r.verdict,
          'told', coalesce((select json_agg(json_build_object('name', u.name, 'seenAt', n.seen_at) order by u.id) from disclosure_notice n
            join "user" u on u.id = n.user_id where n.act = 'reveal' and n.subject_id = r.id), '[]'::json),
          'paged', exists (select from disclosure_notice n where n.act = 'reveal' and n.subject_id = r.id and n.user_id = ${actor.userId}::bigint),
          'steps', ${raw(stepsJson('reveal', 'r.id'))}) as item
      from reveal r where ${condition} order by ${raw(order)} limit ${limit}`,
  );
  const hours = limitsOf(model).request_hours;
  const now = ctx.clock();
  return rows.map(({ item, ...row }) => ({
    ...item,
    state: stateOf(row, now, hours),
    overdue:
      item.reviewDueAt !== null && item.reviewedAt === null && Date.parse(String(item.reviewDueAt)) < now.getTime(),
  }));
}

/** Within the reader's reach: the record's customer, and for rows that are nobody's, whoever reads the entity. */
export function withinReach(ctx: Context): Sql {
  const customer = ctx.model.entity('customer');
  const readable = ctx.model.entities.filter((entity) => may(ctx.actor, `${entity.code}.read`)).map(({ code }) => code);
  return sql`(r.entity = any(${readable}::text[]) and (r.of_customer is null or exists (select from customer c where c.id = r.of_customer
    and ${scopeCondition(ctx.model, ctx.actor, customer, 'c')})))`;
}

/** SQL of an export as JSON. */
export const exportJson = `json_build_object('id', e.id::text, 'act', 'export', 'entity', e.entity, 'columns', e.columns, 'question', e.question,
  'format', e.format, 'purpose', e.purpose, 'reason', e.reason, 'ticket', e.ticket, 'state', e.state, 'level', e.level,
  'rowsExpected', e.rows_expected, 'rows', e.rows, 'bytes', e.bytes, 'sha256', e.sha256, 'downloads', e.downloads,
  'requestedAt', e.requested_at, 'finishedAt', e.finished_at, 'expiresAt', e.expires_at, 'error', e.error,
  'maker', (select json_build_object('id', u.id::text, 'name', u.name, 'unit', o.name) from "user" u left join org_unit o on o.id = u.org_unit_id where u.id = e.maker_id),
  'steps', ${stepsJson('export', 'e.id')})`;

/** Exports that the actor may decide on: of people of his units, or of everybody where he exports everybody's. */
export function exportsWithinReach(ctx: Context): Sql {
  return sql`exists (select from "user" u where u.id = e.maker_id and u.org_unit_id = any(${ctx.actor.orgUnitIds}::bigint[]))`;
}

async function readExports(ctx: Context, condition: Sql, limit: number): Promise<Record<string, unknown>[]> {
  const { rows } = await ctx.database.query<{ item: Record<string, unknown> }>(
    sql`select ${raw(exportJson)} as item from export_run e where ${condition} order by e.requested_at desc limit ${limit}`,
  );
  const lapsed = ctx.clock().getTime() - limitsOf(ctx.model).request_hours * HOUR_MS;
  return rows.map(({ item }) => ({
    ...item,
    state: item.state === 'requested' && Date.parse(String(item.requestedAt)) < lapsed ? 'lapsed' : item.state,
    error: (item.error as Record<string, string> | null)?.[ctx.language] ?? null,
  }));
}

/** What waits for the reader's decision or review, what he asked for himself, and what was decided within his reach. */
export async function readInbox(ctx: Context) {
  const { actor } = ctx;
  const now = ctx.clock();
  const me = sql`${actor.userId}::bigint`;
  const since = new Date(now.getTime() - limitsOf(ctx.model).request_hours * HOUR_MS).toISOString();
  const recent = new Date(now.getTime() - limits.historyDays * DAY_MS).toISOString();
  const others = sql`r.maker_id <> ${me} and ${withinReach(ctx)}`;
  const decides = may(actor, 'breakglass.approve');
  const reviews = may(actor, 'breakglass.review');
  const decidesExports = may(actor, 'exports.approve');
  const none = Promise.resolve([]);
  const [reveals, toReview, mine, exports, decided, decidedExports] = await Promise.all([
    decides
      ? readReveals(
          ctx,
          sql`r.state = 'requested' and r.requested_at > ${since}::timestamptz and ${others}`,
          'r.requested_at',
          limits.waiting,
        )
      : none,
    reviews
      ? readReveals(
          ctx,
          sql`r.review_due_at is not null and r.reviewed_at is null and ${others}`,
          'r.review_due_at',
          limits.waiting,
        )
      : none,
    may(actor, 'customers.reveal')
      ? readReveals(ctx, sql`r.maker_id = ${me}`, 'r.requested_at desc', limits.mine)
      : none,
    decidesExports
      ? readExports(
          ctx,
          sql`e.state = 'requested' and e.requested_at > ${since}::timestamptz and e.maker_id <> ${me} and ${exportsWithinReach(ctx)}`,
          limits.waiting,
        )
      : none,
    decides || reviews
      ? readReveals(
          ctx,
          sql`r.requested_at > ${recent}::timestamptz and (r.state <> 'requested' or r.requested_at <= ${since}::timestamptz) and ${others}`,
          'r.requested_at desc',
          limits.history,
        )
      : none,
    decidesExports
      ? readExports(
          ctx,
          sql`e.requested_at > ${recent}::timestamptz and e.checker_id is not null and e.maker_id <> ${me} and ${exportsWithinReach(ctx)}`,
          limits.history,
        )
      : none,
  ]);
  await ctx.database.query('update disclosure_notice set seen_at = $2 where user_id = $1 and seen_at is null', [
    actor.userId,
    now.toISOString(),
  ]);
  const byTime = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    String(b.requestedAt).localeCompare(String(a.requestedAt));
  return {
    waiting: [...reveals, ...exports].sort(byTime).reverse(),
    toReview,
    mine,
    history: [...decided, ...decidedExports].sort(byTime).slice(0, limits.history),
  };
}

/** The reader's own exports, newest first. */
export function readMyExports(ctx: Context): Promise<Record<string, unknown>[]> {
  return readExports(ctx, sql`e.maker_id = ${ctx.actor.userId}::bigint`, limits.mine);
}

/** One of his own. */
export async function readMyExport(ctx: Context, id: string): Promise<Record<string, unknown> | undefined> {
  const found = await readExports(ctx, sql`e.id = ${id}::bigint and e.maker_id = ${ctx.actor.userId}::bigint`, 1);
  return found[0];
}

/** One reveal of his own, or one within his reach where he approves or reviews. */
export async function readReveal(ctx: Context, id: string): Promise<Record<string, unknown> | undefined> {
  const checks = may(ctx.actor, 'breakglass.approve') || may(ctx.actor, 'breakglass.review');
  const ways = [sql`r.maker_id = ${ctx.actor.userId}::bigint`, ...(checks ? [withinReach(ctx)] : [])];
  const found = await readReveals(ctx, sql`r.id = ${id}::bigint and (${join(ways, ' or ')})`, 'r.id', 1);
  return found[0];
}
