import { type Context, fieldView, mayRead } from '#access';
import { ident, join, raw, type Sql, sql } from '#database';
import { addDays, dateIn, Failure } from '#kernel';
import { columnOf, fieldOf } from '#metadata';
import { kinds } from './failures.ts';
import { rowsBlock } from './profile.ts';

// How a customer uses the digital channels: counts and the latest facts. Read on demand, for it looks through months of facts that
// most visits of the page do not ask for.

const limits = {
  /** Days that are counted, today among them, the longest first. */
  windows: [90, 30, 7],
  /** The latest are looked for so far back. */
  recentDays: 366,
  recent: 10,
  groups: 20,
};

/** Facts of behaviour, and the field that they are counted by. */
const FACTS = { login: 'channel', page_view: 'topic' } as const;
export type Behaviour = keyof typeof FACTS;

/**
 * Counts of the last days by window and by channel or topic, and the latest rows, of each kind of behaviour; null for a kind whose
 * facts the reader may not see. JSON text. Throws a Failure for a customer out of reach.
 */
export async function readBehaviour(ctx: Context, customerId: string): Promise<string> {
  // Live events come before their day is settled, so it is counted back from today.
  const until = dateIn(ctx.institution.zone, ctx.clock());
  const parts = (Object.keys(FACTS) as Behaviour[]).map(
    (code) => sql`${raw(`'${code}', `)}${behaviourOf(ctx, code, until)}`,
  );
  const { rows } = await ctx
    .about(customerId)
    .query<{ behaviour: string }>(
      sql`select json_build_object('until', ${until}::text, ${join(parts)})::text as behaviour from customer c where c.id = ${customerId}::bigint`,
    );
  if (!rows[0]) throw new Failure(kinds.not_found);
  return rows[0].behaviour;
}

function behaviourOf(ctx: Context, code: Behaviour, until: string): Sql {
  const entity = ctx.model.entity(code);
  if (!mayRead(ctx.actor, entity)) return sql`null::json`;
  const from = (days: number) => addDays(until, -days);
  const table = raw(ident(code).sql);
  const ofCustomer = (days: number) => sql`t.customer_id = c.id and t.business_date > ${from(days)}::date`;
  const counts = limits.windows.map(
    (days) =>
      sql`json_build_object('days', ${days}::int, 'count', count(*) filter (where t.business_date > ${from(days)}::date))`,
  );
  const grouped = fieldOf(entity, FACTS[code])!;
  const column = raw(`t.${ident(columnOf(grouped)).sql}`);
  const isClear = fieldView(ctx.model, ctx.actor, entity, grouped) === 'clear';
  const [longest] = limits.windows as [number];
  const groups = isClear
    ? sql`coalesce((select json_agg(json_build_object('code', g.code, 'count', g.count) order by g.count desc, g.code) from (
        select ${column} as code, count(*) as count from ${table} t where ${ofCustomer(longest)} and ${column} is not null
         group by ${column} order by count(*) desc, ${column} limit ${raw(String(limits.groups))}) g), '[]'::json)`
    : sql`'[]'::json`;
  const { json: recent } = rowsBlock(
    ctx,
    code,
    entity,
    sql`and t.business_date > ${from(limits.recentDays)}::date order by t.business_date desc, t.at desc nulls last, t.id desc limit ${raw(String(limits.recent))}`,
  );
  return sql`(select json_build_object('windows', json_build_array(${join(counts)}), 'groups', ${groups}, 'recent', ${recent})
    from ${table} t where ${ofCustomer(longest)})`;
}
