import { z } from 'zod';
import { join, raw, type Sql, sql, type Transaction } from '#database';
import type { Expression } from '#expressions';
import {
  asksHouseholds,
  compilePackText,
  type Definition,
  dayStatement,
  type FactsDay,
  invalidDefinition,
  type Name,
  type Names,
  type Vocabulary,
} from '#facts';
import { addDays, type Text } from '#kernel';
import type { Model } from '#metadata';
import {
  evidence,
  type InputPlan,
  inputPlans,
  type Reason,
  textLiteral,
  type Values,
  versionOf,
} from './conditions.ts';

// What tags, tiers and segments share: a condition that the system keeps true by itself, for each customer, with the reason.

export const color = z.enum(['grey', 'blue', 'green', 'amber', 'red', 'violet', 'gold', 'teal']);

/** Days that a tag may outlive its condition. */
export const HOLD_DAYS_MAX = 400;

/** One tag, tier or segment ready to run. */
export interface Membership<D = Definition<{ code: string }>> {
  definition: D;
  /** When a customer comes in; undefined where nothing decides: set by hand, or everybody left. */
  condition: Expression | undefined;
  /** When one who is in stays, although the condition holds no longer. */
  keep: Expression | undefined;
}

interface Conditional {
  file: string;
  code: string;
  if?: string | undefined;
  keep_if?: string | undefined;
}

/** Compiles the conditions of a definition. Throws a Failure that names the definition and the place. */
export function compileMembership<D extends Conditional>(definition: D, words: Vocabulary): Membership<D> {
  const compiled = (path: 'if' | 'keep_if') => {
    const text = definition[path];
    return text === undefined ? undefined : compilePackText(definition, path, text, words.scope, 'boolean');
  };
  return { definition, condition: compiled('if'), keep: compiled('keep_if') };
}

/** Definitions with those that stand directly above another one put there. Throws a Failure where there is none such. */
export function fromTheTop<D extends { file: string; code: string; above?: string | undefined }>(
  definitions: readonly D[],
  kind: Text,
): D[] {
  const found = definitions.filter(({ above }) => above === undefined);
  let waiting = definitions.filter(({ above }) => above !== undefined);
  while (waiting.length > 0) {
    const each = waiting.find(({ above }) => found.some(({ code }) => code === above));
    if (!each) {
      const [{ above }] = waiting as [D, ...D[]];
      throw invalidDefinition(waiting[0]!, 'above', {
        zh: `没有${kind.zh}“${above}”，或互相绕回`,
        en: `there is no ${kind.en} "${above}", or they lead back to each other`,
      });
    }
    found.splice(
      found.findIndex(({ code }) => code === each.above),
      0,
      each,
    );
    waiting = waiting.filter((other) => other !== each);
  }
  return found;
}

/** Names of the row that the memberships look at. */
export function lookedAt(memberships: readonly Membership<unknown>[]): string[] {
  return memberships.flatMap(({ condition, keep }) => [...(condition?.names ?? []), ...(keep?.names ?? [])]);
}

/** Customers whose membership changes at once: bounds the memory of a first day. */
export const BATCH_ROWS_MAX = 20_000;

const CHANGES_CURSOR = 'membership_changes';

/**
 * Hands over the rows of a statement in batches and returns how many there were. A usual day has one batch, by a plan that is kept. When
 * there are more (a first day, a new definition), everybody is looked at once more and not once for each batch.
 */
export async function inBatches<Row>(
  tx: Transaction,
  statement: (limited: boolean) => Sql,
  store: (rows: Row[]) => Promise<void>,
): Promise<number> {
  const { rows } = await tx.query<Row>(dayStatement(statement(true)));
  if (rows.length > 0) await store(rows);
  let total = rows.length;
  if (total < BATCH_ROWS_MAX) return total;
  const cursor = raw(CHANGES_CURSOR);
  await tx.query('set local cursor_tuple_fraction = 1');
  await tx.query(sql`declare ${cursor} no scroll cursor for ${statement(false)}`);
  for (;;) {
    const next = await tx.query<Row>(`fetch ${BATCH_ROWS_MAX} from ${CHANGES_CURSOR}`);
    if (next.rows.length > 0) await store(next.rows);
    total += next.rows.length;
    if (next.rows.length < BATCH_ROWS_MAX) break;
  }
  await tx.query(`close ${CHANGES_CURSOR}`);
  return total;
}

/**
 * Why somebody is in, or no longer: what was looked at, on which day, by which definition; null for what is defined no longer. What is the
 * same for all customers is made once a code: a first day has a reason for each membership of each customer.
 */
export function reasonsOf(
  names: Names,
  all: ReadonlyMap<string, Membership<{ file: string }>>,
  day: FactsDay,
): (code: string, values: Values) => Reason | null {
  const made = new Map<string, { version: string; plans: InputPlan[] }>();
  const partsOf = (code: string) => {
    const known = made.get(code);
    const membership = all.get(code);
    if (known || !membership) return known;
    const { file: _, ...content } = membership.definition;
    const shown = [membership.condition, membership.keep].filter((each) => each !== undefined);
    const parts = { version: versionOf(content), plans: inputPlans(names, shown) };
    made.set(code, parts);
    return parts;
  };
  return (code, values) => {
    const parts = partsOf(code);
    return parts ? { asOf: day.date, version: parts.version, inputs: evidence(parts.plans, values, day) } : null;
  };
}

/** The customers whose memberships a change of these customers touches: with a metric over households, all members. */
export async function touched(
  tx: Transaction,
  model: Model,
  memberships: readonly Membership<unknown>[],
  customers: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  if (!customers || customers.length === 0 || !asksHouseholds(model, lookedAt(memberships))) return customers;
  const { rows } = await tx.query<{ id: string }>(
    `select id from customer where id = any($1::bigint[])
     union select m.id from customer c join customer m on m.household_id = c.household_id where c.id = any($1::bigint[])`,
    [customers],
  );
  return rows.map(({ id }) => id);
}

/** Restricts a statement over customers `c`. */
export const amongSql = (customers: readonly string[] | undefined): Sql =>
  customers ? sql` and c.id = any(${customers}::bigint[])` : raw('');

/** Tables of spans: since the first day on which somebody was in, until the first on which he no longer was. */
const SPANS = {
  tag: { table: 'customer_tag', column: 'tag', current: 'tags' },
  segment: { table: 'customer_segment', column: 'segment', current: 'segments' },
} as const;
export type SpanKind = keyof typeof SPANS;

/**
 * Was the customer in before this day? A second run of a day must not take what its first run did for the past, so spans that
 * began today do not count and those that ended today do.
 */
function wasIn(kind: SpanKind, code: string, day: FactsDay, more: Sql = raw('')): Sql {
  const { table, column } = SPANS[kind];
  return sql`exists (select from ${raw(table)} g where g.customer_id = c.id and g.${raw(column)} = ${textLiteral(code)}
    and g.since < ${day.date}::date and (g.until is null or g.until = ${day.date}::date)${more})`;
}

/** True where a customer is in on the day: by the condition, by the one to stay, or because it ended only lately. */
export function heldSql(
  kind: SpanKind,
  membership: Membership<{ code: string; hold_days?: number | undefined }>,
  day: FactsDay,
): Sql {
  const { definition, condition, keep } = membership;
  const { code, hold_days: holdDays } = definition;
  if (!condition) {
    // Set by hand: who has it keeps it until it expires or is taken away.
    return sql`(${textLiteral(code)} = any(m.${raw(SPANS[kind].current)}) and not exists (select from customer_tag g
      where g.customer_id = c.id and g.tag = ${textLiteral(code)} and g.until is null and g.expires_on <= ${day.date}::date))`;
  }
  const ways = [condition.where(day.expressions)];
  if (keep) ways.push(sql`(${keep.where(day.expressions)} and ${wasIn(kind, code, day)})`);
  if (holdDays) {
    const since = addDays(day.date, -holdDays);
    ways.push(wasIn(kind, code, day, sql` and coalesce(g.lapsed_on, ${day.date}::date) > ${since}::date`));
  }
  return ways.length === 1 ? ways[0]! : sql`(${join(ways, ' or ')})`;
}

export interface Change {
  id: string;
  before: string[];
  now: string[];
  values: Values;
}

/**
 * Stores who came and who went: the current list, the spans with the reasons of who came, and the events that rules read with those of
 * who went. No reason for what is defined no longer.
 */
export async function storeChanges(
  tx: Transaction,
  kind: SpanKind,
  day: FactsDay,
  changes: readonly Change[],
  reason: (code: string, values: Values) => Reason | null,
): Promise<void> {
  const gone = changes.flatMap(({ id, before, now, values }) =>
    before.filter((code) => !now.includes(code)).map((code) => ({ id, code, reason: reason(code, values) })),
  );
  const came = changes.flatMap(({ id, before, now, values }) =>
    now.filter((code) => !before.includes(code)).map((code) => ({ id, code, reason: reason(code, values) })),
  );
  const now = changes.map(({ id, now }) => ({ id, now }));
  const statements = STORED[kind];
  await tx.query(dayStatement(statements.now, [JSON.stringify(now)]));
  if (gone.length > 0) await tx.query(dayStatement(statements.gone, [JSON.stringify(gone), day.date]));
  if (came.length > 0) await tx.query(dayStatement(statements.came, [JSON.stringify(came), day.date]));
}

const STORED = { tag: storedTexts('tag'), segment: storedTexts('segment') };

function storedTexts(kind: SpanKind) {
  const { table, column, current } = SPANS[kind];
  const event = `insert into membership_change (customer_id, business_date, kind, code, entered, reason)`;
  return {
    now: `update customer_metric m set ${current} = changed.now
    from jsonb_to_recordset($1::jsonb) as changed (id bigint, now text[]) where m.customer_id = changed.id`,
    // A span that began on this very date, in an earlier run of it, never was.
    gone: `with gone as materialized (select * from jsonb_to_recordset($1::jsonb) as gone (id bigint, code text, reason jsonb)),
  undone as (delete from ${table} g using gone
    where g.customer_id = gone.id and g.${column} = gone.code and g.until is null and g.since = $2),
  ended as (update ${table} g set until = $2 from gone
   where g.customer_id = gone.id and g.${column} = gone.code and g.until is null and g.since < $2)
  ${event} select id, $2, '${kind}', code, false, reason from gone`,
    // A span that ended on this very date, in an earlier run of it, goes on.
    came: `with came as materialized (select * from jsonb_to_recordset($1::jsonb) as came (id bigint, code text, reason jsonb)),
  resumed as (update ${table} g set until = null from came
    where g.customer_id = came.id and g.${column} = came.code and g.until = $2
    returning g.customer_id, g.${column} as code),
  begun as (insert into ${table} (customer_id, ${column}, since, reason)
    select id, code, $2, reason from came
     where not exists (select from resumed r where r.customer_id = came.id and r.code = came.code))
  ${event} select id, $2, '${kind}', code, true, null from came`,
  };
}

/** Changes of a business date, which stay the same however often it is run. */
export async function countChanges(tx: Transaction, kind: SpanKind, day: FactsDay): Promise<number> {
  const { rows } = await tx.query<{ count: string }>(
    `select count(*) filter (where since = $1) + count(*) filter (where until = $1) as count
       from ${SPANS[kind].table} where since = $1 or until = $1`,
    [day.date],
  );
  return Number(rows[0]!.count);
}

/** Tags as names of conditions that run after the tags are set: `tag_silent`. */
export function tagNames(model: Model): Names {
  const names: Names = {};
  for (const { value } of model.data('tags')) {
    const { code, label } = value as { code: string; label: Name['label'] };
    names[`tag_${code}`] = {
      type: 'boolean',
      unit: 'boolean',
      notNull: true,
      sql: `(${textLiteral(code).sql} = any(m.tags))`,
      label: { zh: `有标签“${label.zh}”`, en: `has the tag ${label.en}` },
      aliases: [`标签：${label.zh}`],
    };
  }
  return names;
}
