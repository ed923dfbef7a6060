import { ident, raw, type Sql, sql, type Transaction } from '#database';
import type { BusinessDate } from '#kernel';

// Tiers, tags and segments are kept as of the newest day. What they were on an earlier one is told by their moves and spans.

/** The day whose tiers, tags or segments are taken: none were kept before the first. */
const heldOn = (date: BusinessDate): Sql =>
  sql`greatest(${date}::date, (select min(date) from business_day where status = 'done'))`;

export interface Members {
  /** Table of the spans, its column of codes, and the array beside the metrics. */
  spans: string;
  code: string;
  array: string;
}

const MEMBERS: Record<'tag' | 'segment', Members> = {
  tag: { spans: 'customer_tag', code: 'tag', array: 'tags' },
  segment: { spans: 'customer_segment', code: 'segment', array: 'segments' },
};

/** Which kept states the names speak of. */
export function keptStates(names: readonly string[]): { tier: boolean; members: Members[] } {
  const members = (['tag', 'segment'] as const).filter((kind) => names.some((name) => name.startsWith(`${kind}_`)));
  return { tier: names.includes('tier'), members: members.map((kind) => MEMBERS[kind]) };
}

/**
 * Lays what was kept of everybody on an earlier day beside it, for this transaction alone: tags and segments in its table of metrics, and
 * the tier in `customerTable`, a view of all customers.
 */
export async function layKeptStates(
  tx: Transaction,
  { date, metricTable, customerTable }: { date: BusinessDate; metricTable: string; customerTable: string },
): Promise<void> {
  for (const each of Object.values(MEMBERS)) await layMembers(tx, each, metricTable, date);
  const tiers = ident(`${customerTable}_tier`);
  await tx.query(sql`create temporary table ${tiers} (customer_id bigint primary key, tier text) on commit drop`);
  // The first move afterwards says where a customer came from.
  await tx.query(
    sql`insert into ${tiers} select distinct on (customer_id) customer_id, previous from tier_change
      where business_date > ${heldOn(date)} order by customer_id, business_date`,
  );
  const { rows } = await tx.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'customer'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  const columns = rows.map(({ name }) =>
    name === 'tier' ? 'case when t.customer_id is null then c.tier else t.tier end as tier' : `c.${ident(name).sql}`,
  );
  // It goes with the table that it reads, at the end of the transaction.
  await tx.query(
    sql`create temporary view ${ident(customerTable)} as select ${raw(columns.join(', '))} from customer c
      left join ${tiers} t on t.customer_id = c.id`,
  );
}

/** Of those alone who had any: the others' arrays are empty already. */
async function layMembers(
  tx: Transaction,
  { spans, code, array }: Members,
  metricTable: string,
  date: BusinessDate,
): Promise<void> {
  await tx.query(
    sql`update ${ident(metricTable)} m set ${raw(array)} = g.codes from (
        select customer_id, array_agg(${raw(code)} order by ${raw(code)}) as codes from ${raw(spans)}
         where since <= ${heldOn(date)} and (until is null or until > ${heldOn(date)}) group by 1) g
      where g.customer_id = m.customer_id`,
  );
}
