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
  invalidDefinition,
  metricJoins,
  oncePerModel,
  readDefinitions,
  text,
} from '#facts';
import type { Text } from '#kernel';
import type { Model } from '#metadata';
import { evidence, inputPlans, type Reason, textLiteral, type Values, valuesSql, versionOf } from './conditions.ts';

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

/** Customers moved at once: bounds the memory of a first day. */
const BATCH_ROWS_MAX = 20_000;

interface TierMove {
  id: string;
  previous: string | null;
  tier: string;
  values: Values;
}

/**
 * Puts every customer into the tier of the day and keeps what changed, with the reason. Returns the changes of the business date,
 * which stay the same however often it is run.
 */
export async function updateTiers(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers?: readonly string[],
): Promise<number> {
  for (;;) {
    const { rows } = await tx.query<TierMove>(dayStatement(tierStatement(model, day, customers)));
    if (rows.length > 0) await storeMoves(tx, model, day, rows);
    if (rows.length < BATCH_ROWS_MAX) break;
  }
  const { rows } = await tx.query<{ count: string }>(
    'select count(*) from tier_change where business_date = $1 and previous is not null',
    [day.date],
  );
  return Number(rows[0]!.count);
}

/** Who is not in the tier of the day: before, after, and the values that decide. */
export function tierStatement(model: Model, day: FactsDay, customers?: readonly string[]): Sql {
  const all = tiers(model);
  const cases = all.map(({ definition, condition }) =>
    condition
      ? sql`when ${condition.where(day.expressions)} then ${textLiteral(definition.code)}`
      : sql`else ${textLiteral(definition.code)}`,
  );
  const looked = all.flatMap(({ condition }) => condition?.names ?? []);
  // The CTE keeps the limit out of the plan: it is there for memory, hardly anybody changes on a usual day.
  return sql`with moved as materialized (select c.id, c.tier as previous, v.tier, ${valuesSql(customerVocabulary(model).names, looked)} as values
from customer c
${metricJoins(model, day.metricTable, day.expressions, looked)}
cross join lateral (select case ${join(cases, '\n  ')} end as tier) v
where c.tier is distinct from v.tier${customers ? sql` and c.id = any(${customers}::bigint[])` : sql``})
select * from moved limit ${raw(String(BATCH_ROWS_MAX))}`;
}

async function storeMoves(tx: Transaction, model: Model, day: FactsDay, moves: TierMove[]): Promise<void> {
  const all = tiers(model);
  const version = versionOf(all.map(({ definition: { file: _, ...rest } }) => rest));
  const { names } = customerVocabulary(model);
  // A tier is explained by its own condition; the last one by the conditions that did not hold.
  const plans = new Map(
    all.map(({ definition, condition }) => {
      const shown = condition ? [condition] : all.flatMap((tier) => tier.condition ?? []);
      return [definition.code, inputPlans(names, shown)];
    }),
  );
  const rows = moves.map(({ id, previous, tier, values }) => {
    const inputs = evidence(plans.get(tier)!, values, day);
    return { id, previous, tier, reason: { asOf: day.date, version, inputs } satisfies Reason };
  });
  await tx.query(dayStatement(STORE_MOVES, [JSON.stringify(rows), day.date]));
  // Moved back in a second run of the same day: nothing changed on it.
  await tx.query('delete from tier_change where business_date = $1 and previous is not distinct from tier', [day.date]);
}

const STORE_MOVES = `
  with moved as materialized (
    select * from jsonb_to_recordset($1::jsonb) as moved (id bigint, previous text, tier text, reason jsonb)),
  stored as (update customer c set tier = moved.tier from moved where c.id = moved.id)
  insert into tier_change (customer_id, business_date, previous, tier, reason)
  select id, $2, previous, tier, reason from moved
  on conflict (customer_id, business_date) do update set tier = excluded.tier, reason = excluded.reason`;
