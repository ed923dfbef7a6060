import { z } from 'zod';
import { join, type Sql, sql, type Transaction } from '#database';
import type { Expression } from '#expressions';
import {
  code,
  compilePackText,
  customerVocabulary,
  type Definition,
  expression,
  type FactsDay,
  metricJoins,
  oncePerModel,
  readDefinitions,
  text,
} from '#facts';
import type { Text } from '#kernel';
import type { Model } from '#metadata';
import { identifier, reasonSql, textLiteral, versionOf } from './conditions.ts';
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

/**
 * Makes every tag true for the day: who came in gets a span that begins today with the reason, whose condition no longer holds
 * gets it ended. Returns the changes of the business date, which stay the same however often it is run.
 */
export async function updateTags(tx: Transaction, model: Model, day: FactsDay): Promise<number> {
  await tx.query(tagStatement(model, day));
  const { rows } = await tx.query<{ count: string }>(
    `select (select count(*) from customer_tag where since = $1) + (select count(*) from customer_tag where until = $1) as count`,
    [day.date],
  );
  return Number(rows[0]!.count);
}

export function tagStatement(model: Model, day: FactsDay): Sql {
  const all = tags(model);
  const holds = all.map(
    ({ definition, condition }) =>
      sql`case when ${condition.where(day.expressions)} then ${textLiteral(definition.code)} end`,
  );
  const reasons = all.map(({ definition, condition }) => {
    const tag = textLiteral(definition.code);
    const { file: _, ...rest } = definition;
    const reason = reasonSql(model, versionOf(rest), [condition], day);
    return sql`${tag}, case when ${tag} = any(v.tags) and ${tag} <> all(m.tags) then ${reason} end`;
  });
  const date = sql`${day.date}::date`;
  return sql`with changed as materialized (
  select c.id, m.tags as before, v.tags as now, jsonb_build_object(${join(reasons, ',\n    ')}) as reasons
  from customer c
  ${metricJoins(model, day.metricTable, day.expressions)}
  cross join lateral (select array_remove(array[${join(holds, ',\n    ')}]::text[], null) as tags) v
  where m.tags is distinct from v.tags),
stored as (update ${identifier(day.metricTable)} m set tags = changed.now from changed where m.customer_id = changed.id),
gone as (select id, tag from changed cross join lateral unnest(before) tag where tag <> all(now)),
came as (select id, tag, reasons -> tag as reason from changed cross join lateral unnest(now) tag where tag <> all(before)),
-- A span that began on this very date, in an earlier run of it, never was.
undone as (delete from customer_tag g using gone
  where g.customer_id = gone.id and g.tag = gone.tag and g.until is null and g.since = ${date}),
ended as (update customer_tag g set until = ${date} from gone
  where g.customer_id = gone.id and g.tag = gone.tag and g.until is null and g.since < ${date}),
resumed as (update customer_tag g set until = null from came
  where g.customer_id = came.id and g.tag = came.tag and g.until = ${date}
  returning g.customer_id, g.tag)
insert into customer_tag (customer_id, tag, since, reason)
select id, tag, ${date}, reason from came
where not exists (select from resumed r where r.customer_id = came.id and r.tag = came.tag)`;
}
