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
  invalidDefinition,
  metricJoins,
  oncePerModel,
  readDefinitions,
  text,
} from '#facts';
import type { Text } from '#kernel';
import type { Model } from '#metadata';
import { reasonSql, textLiteral, versionOf } from './conditions.ts';

const colors = ['grey', 'blue', 'green', 'amber', 'red', 'violet', 'gold', 'teal'] as const;
export const color = z.enum(colors);

const definition = z.strictObject({
  code,
  label: text,
  description: text.optional(),
  color: color.optional(),
  /** The tier's condition; the last tier has none and takes everybody left. */
  if: expression.optional(),
});

type TierDefinition = Definition<z.output<typeof definition>>;

interface Tier {
  definition: TierDefinition;
  condition: Expression | undefined;
}

/** The tiers from the highest down; a customer is in the first whose condition holds. */
const tiers = oncePerModel((model): Tier[] => {
  const definitions = readDefinitions(model, 'tiers', definition);
  for (const [index, each] of definitions.entries()) {
    const last = index === definitions.length - 1;
    if (last === (each.if !== undefined)) {
      throw invalidDefinition(each, 'if', 'every tier but the last has a condition, the last has none');
    }
  }
  return definitions.map((each) => ({
    definition: each,
    condition:
      each.if === undefined
        ? undefined
        : compilePackText(each, 'if', each.if, customerVocabulary(model).scope, 'boolean'),
  }));
});

export function tierDescriptions(model: Model): { code: string; label: Text; color?: string; description?: Text }[] {
  return tiers(model).map(({ definition: { code, label, color, description } }) => ({
    code,
    label,
    color,
    description,
  }));
}

/**
 * Puts every customer into the tier of the day and keeps what changed, with the reason. Returns the changes of the business date,
 * which stay the same however often it is run.
 */
export async function updateTiers(tx: Transaction, model: Model, day: FactsDay): Promise<number> {
  await tx.query(tierStatement(model, day));
  await tx.query('delete from tier_change where business_date = $1 and previous is not distinct from tier', [day.date]);
  const { rows } = await tx.query<{ count: string }>(
    'select count(*) from tier_change where business_date = $1 and previous is not null',
    [day.date],
  );
  return Number(rows[0]!.count);
}

export function tierStatement(model: Model, day: FactsDay): Sql {
  const all = tiers(model);
  const last = all.at(-1)!;
  const cases = all.flatMap(({ definition, condition }) =>
    condition ? [sql`when ${condition.where(day.expressions)} then ${textLiteral(definition.code)}`] : [],
  );
  const version = versionOf(all.map(({ definition: { file: _, ...rest } }) => rest));
  // A tier is explained by its own condition; the last one by the conditions that did not hold.
  const reasons = all.map(({ definition, condition }) => {
    const shown = condition ? [condition] : all.flatMap((tier) => tier.condition ?? []);
    return sql`when ${textLiteral(definition.code)} then ${reasonSql(model, version, shown, day)}`;
  });
  return sql`with changed as materialized (
  select c.id, c.tier as previous, v.tier, case v.tier ${join(reasons, '\n    ')} end as reason
  from customer c
  ${metricJoins(model, day.metricTable, day.expressions)}
  cross join lateral (select case ${join(cases, '\n    ')}
    else ${textLiteral(last.definition.code)} end as tier) v
  where c.tier is distinct from v.tier),
moved as (update customer c set tier = changed.tier from changed where c.id = changed.id)
insert into tier_change as t (customer_id, business_date, previous, tier, reason)
select id, ${day.date}, previous, tier, reason from changed
on conflict (customer_id, business_date) do update set tier = excluded.tier, reason = excluded.reason`;
}
