import { type Context, fieldView } from '#access';
import { raw, sql } from '#database';
import { Failure, type Text } from '#kernel';
import { fieldOf } from '#metadata';
import { titleOf } from '#records';
import { kinds } from './failures.ts';
import type { Level } from './notify.ts';

export const limits = {
  page: 50,
  countMax: 99,
};

/** Stands for the customer's name in what is told of him. */
const NAME = '[客户姓名]';

interface Row {
  id: string;
  at: string;
  level: Level;
  title: Text;
  text: Text | null;
  path: string | null;
  rule: string | null;
  read_at: string | null;
  customer_id: string | null;
  customer: string | null;
}

export interface Place {
  at: string;
  id: string;
}

/** The reader's own, newest first, from `after` on. */
export async function readNotifications(ctx: Context, { unread, after }: { unread: boolean; after: Place | null }) {
  const { model, actor, language } = ctx;
  const customer = model.entity('customer');
  const { rows } = await ctx.database.query<Row>(
    sql`select n.id, n.at, n.level, n.title, n.text, n.path, n.rule, n.read_at, n.customer_id,
        (select ${raw(titleOf(model, actor, customer, 'c'))} from customer c where c.id = n.customer_id) as customer
      from notification n
     where n.user_id = ${actor.userId}::bigint and (${!unread} or n.read_at is null)
       and (${after === null} or (n.at, n.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::bigint))
     order by n.at desc, n.id desc limit ${limits.page + 1}`,
  );
  const shown = rows.slice(0, limits.page);
  // Rules word texts with the amounts that they looked at.
  const amounts = fieldView(model, actor, customer, fieldOf(customer, 'aum')!) === 'clear';
  const items = shown.map((row) => {
    const named = (text: Text) => text[language].replaceAll(NAME, row.customer ?? '');
    const withheld = row.text !== null && row.rule !== null && !amounts;
    return {
      id: row.id,
      at: new Date(row.at).toISOString(),
      level: row.level,
      title: named(row.title),
      text: row.text === null || withheld ? null : named(row.text),
      withheld,
      customer: row.customer_id === null ? null : { id: row.customer_id, label: row.customer },
      path: row.path,
      rule: row.rule,
      readAt: row.read_at === null ? null : new Date(row.read_at).toISOString(),
    };
  });
  const last = shown.at(-1);
  const next = rows.length > limits.page && last ? `${new Date(last.at).toISOString()}_${last.id}` : null;
  return { items, next };
}

/** How many are unread, up to 99, and how many of these are urgent. */
export async function countUnread(ctx: Context): Promise<{ unread: number; urgent: number; capped: boolean }> {
  const { rows } = await ctx.database.query<{ unread: number; urgent: number }>(
    sql`select count(*)::int as unread, (count(*) filter (where level = 'urgent'))::int as urgent from (
      select level from notification n where n.user_id = ${ctx.actor.userId}::bigint and n.read_at is null
       limit ${limits.countMax + 1}) u`,
  );
  const { unread, urgent } = rows[0]!;
  return { unread: Math.min(unread, limits.countMax), urgent, capped: unread > limits.countMax };
}

/** Marks one as read or unread. Throws a Failure when the reader has none of this id. */
export async function markRead(ctx: Context, id: string, read: boolean): Promise<void> {
  const { rowCount } = await ctx.database.query(
    sql`update notification set read_at = case when ${read} then coalesce(read_at, ${ctx.clock().toISOString()}::timestamptz) end
      where user_id = ${ctx.actor.userId}::bigint and id = ${id}::bigint`,
  );
  if (rowCount === 0) throw new Failure(kinds.not_found);
}

/** Marks everything of the reader that was told up to now as read; returns how many. */
export async function markAllRead(ctx: Context): Promise<number> {
  const now = ctx.clock().toISOString();
  const { rowCount } = await ctx.database.query(
    sql`update notification set read_at = ${now}::timestamptz
      where user_id = ${ctx.actor.userId}::bigint and read_at is null and at <= ${now}::timestamptz`,
  );
  return rowCount;
}
