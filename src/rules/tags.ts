import { z } from 'zod';
import { join, raw, type Sql, sql, type Transaction } from '#database';
import type { Expression } from '#expressions';
import {
  code,
  compilePackText,
  customerVocabulary,
  type Definition,
  dayStatement,
  expression,
  type FactsDay,
  metricJoins,
  oncePerModel,
  readDefinitions,
  text,
} from '#facts';
import type { Text } from '#kernel';
import type { Model } from '#metadata';
import { evidence, inputPlans, type Reason, textLiteral, type Values, valuesSql, versionOf } from './conditions.ts';
import { color } from './tiers.ts';

const definition = z.strictObject({
  code,
  label: text,
  description: text.optional(),
  color: color.optional(),
  if: expression,
});

interface Tag {
  definition: Definition<z.output<typeof definition>>;
  condition: Expression;
}

const tags = oncePerModel((model): Tag[] =>
  readDefinitions(model, 'tags', definition).map((each) => ({
    definition: each,
    condition: compilePackText(each, 'if', each.if, customerVocabulary(model).scope, 'boolean'),
  })),
);

export function tagDescriptions(model: Model): { code: string; label: Text; color?: string; description?: Text }[] {
  return tags(model).map(({ definition: { code, label, color, description } }) => ({
    code,
    label,
    color,
    description,
  }));
}

/** Customers retagged at once: bounds the memory of a first day. */
const BATCH_ROWS_MAX = 20_000;

interface Retagging {
  id: string;
  before: string[];
  now: string[];
  values: Values;
}

/**
 * Makes every tag true for the day: who came in gets a span that begins today with the reason, whose condition no longer holds
 * gets it ended. Returns the changes of the business date, which stay the same however often it is run.
 */
export async function updateTags(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers?: readonly string[],
): Promise<number> {
  for (;;) {
    const { rows } = await tx.query<Retagging>(dayStatement(tagStatement(model, day, customers)));
    if (rows.length > 0) await storeTags(tx, model, day, rows);
    if (rows.length < BATCH_ROWS_MAX) break;
  }
  const { rows } = await tx.query<{ count: string }>(
    'select count(*) filter (where since = $1) + count(*) filter (where until = $1) as count from customer_tag where since = $1 or until = $1',
    [day.date],
  );
  return Number(rows[0]!.count);
}

/** Whose tags are not those of the day: before, after, and the values that decide. */
export function tagStatement(model: Model, day: FactsDay, customers?: readonly string[]): Sql {
  const all = tags(model);
  const held = all.map(
    ({ definition, condition }) =>
      sql`case when ${condition.where(day.expressions)} then ${textLiteral(definition.code)} end`,
  );
  const looked = all.flatMap(({ condition }) => condition.names);
  // The CTE keeps the limit out of the plan, as with tiers.
  return sql`with retagged as materialized (select c.id, m.tags as before, v.tags as now, ${valuesSql(customerVocabulary(model).names, looked)} as values
from customer c
${metricJoins(model, day.metricTable, day.expressions, looked)}
cross join lateral (select array_remove(array[${join(held, ',\n  ')}]::text[], null) as tags) v
where m.tags is distinct from v.tags${customers ? sql` and c.id = any(${customers}::bigint[])` : sql``})
select * from retagged limit ${raw(String(BATCH_ROWS_MAX))}`;
}

async function storeTags(tx: Transaction, model: Model, day: FactsDay, retaggings: Retagging[]): Promise<void> {
  const all = new Map(tags(model).map((tag) => [tag.definition.code, tag]));
  const reasonOf = (tag: string, values: Values): Reason => {
    const { definition, condition } = all.get(tag)!;
    const { file: _, ...content } = definition;
    const plans = inputPlans(customerVocabulary(model).names, [condition]);
    return { asOf: day.date, version: versionOf(content), inputs: evidence(plans, values, day) };
  };
  const gone = retaggings.flatMap(({ id, before, now }) =>
    before.filter((tag) => !now.includes(tag)).map((tag) => ({ id, tag })),
  );
  const came = retaggings.flatMap(({ id, before, now, values }) =>
    now.filter((tag) => !before.includes(tag)).map((tag) => ({ id, tag, reason: reasonOf(tag, values) })),
  );
  const now = retaggings.map(({ id, now }) => ({ id, now }));
  await tx.query(dayStatement(STORE_NOW, [JSON.stringify(now)]));
  if (gone.length > 0) await tx.query(dayStatement(STORE_GONE, [JSON.stringify(gone), day.date]));
  if (came.length > 0) await tx.query(dayStatement(STORE_CAME, [JSON.stringify(came), day.date]));
}

const STORE_NOW = `
  update customer_metric m set tags = changed.now
    from jsonb_to_recordset($1::jsonb) as changed (id bigint, now text[]) where m.customer_id = changed.id`;

/** A span that began on this very date, in an earlier run of it, never was. */
const STORE_GONE = `
  with gone as materialized (select * from jsonb_to_recordset($1::jsonb) as gone (id bigint, tag text)),
  undone as (delete from customer_tag g using gone
    where g.customer_id = gone.id and g.tag = gone.tag and g.until is null and g.since = $2)
  update customer_tag g set until = $2 from gone
   where g.customer_id = gone.id and g.tag = gone.tag and g.until is null and g.since < $2`;

/** A span that ended on this very date, in an earlier run of it, goes on. */
const STORE_CAME = `
  with came as materialized (select * from jsonb_to_recordset($1::jsonb) as came (id bigint, tag text, reason jsonb)),
  resumed as (update customer_tag g set until = null from came
    where g.customer_id = came.id and g.tag = came.tag and g.until = $2
    returning g.customer_id, g.tag)
  insert into customer_tag (customer_id, tag, since, reason)
  select id, tag, $2, reason from came
   where not exists (select from resumed r where r.customer_id = came.id and r.tag = came.tag)`;
