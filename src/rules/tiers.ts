import { z } from 'zod';
import { join, raw, type Sql, sql, type Transaction } from '#database';
import {
  code,
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
import {
  evidence,
  type InputPlan,
  inputPlans,
  type Reason,
  textLiteral,
  type Values,
  valuesSql,
  versionOf,
} from './conditions.ts';
import {
  amongSql,
  BATCH_ROWS_MAX,
  color,
  compileMembership,
  fromTheTop,
  inBatches,
  lookedAt,
  type Membership,
  touched,
} from './memberships.ts';

export const tierSchema = z.strictObject({
  code,
  label: text,
  description: text.optional(),
  color: color.optional(),
  /** The tier's condition; the last tier has none and takes everybody left. */
  if: expression.optional(),
  /** Hysteresis: who is in the tier does not fall lower while this holds. */
  keep_if: expression.optional(),
  /** `monthly`: entered and left on the first of a month only; the business date of the change is its effective date. */
  effective: z.enum(['daily', 'monthly']).optional(),
  /** The tier that this one stands directly above, for one that stands in no pack. */
  above: code.optional(),
});

type TierDefinition = Definition<z.output<typeof tierSchema>>;
export type Tier = Membership<TierDefinition>;

/** The tiers from the highest down; a customer is in the first whose condition holds. */
export const tiers = oncePerModel((model): Tier[] => {
  const definitions = fromTheTop(readDefinitions(model, 'tiers', tierSchema), { zh: '分层', en: 'tier' });
  for (const [index, each] of definitions.entries()) {
    const last = index === definitions.length - 1;
    if (last === (each.if !== undefined)) {
      throw invalidDefinition(each, 'if', {
        zh: '除最低一层外，每个分层都要有条件；最低一层没有条件',
        en: 'every tier but the last has a condition, the last has none',
      });
    }
  }
  return definitions.map((each) => compileMembership(each, customerVocabulary(model)));
});

export interface TierDescription {
  code: string;
  label: Text;
  color?: string | undefined;
  description?: Text | undefined;
}

export function tierDescriptions(model: Model): TierDescription[] {
  return tiers(model).map(({ definition: { code, label, color, description } }) => ({
    code,
    label,
    color,
    description,
  }));
}

interface TierMove {
  id: string;
  previous: string | null;
  tier: string;
  values: Values;
}

/**
 * Puts every customer, or those given, into the tier of the day and keeps what changed, with the reason. Returns the changes of the
 * business date, which stay the same however often it is run; for given customers how many of them moved.
 */
export async function updateTiers(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers?: readonly string[],
): Promise<number> {
  const among = await touched(tx, model, tiers(model), customers);
  const moved = await inBatches<TierMove>(
    tx,
    (limited) => tierStatement(model, day, among, { limited }),
    (rows) => storeMoves(tx, model, day, rows),
  );
  if (customers) return moved;
  const { rows } = await tx.query<{ count: string }>(
    'select count(*) from tier_change where business_date = $1 and previous is not null',
    [day.date],
  );
  return Number(rows[0]!.count);
}

/** Who is not in the tier of the day: before, after, and the values that decide. */
export function tierStatement(model: Model, day: FactsDay, among?: readonly string[], { limited = true } = {}): Sql {
  const all = tiers(model);
  const looked = lookedAt(all);
  // The CTE keeps the limit out of the plan: it is there for memory, hardly anybody changes on a usual day.
  return sql`with moved as materialized (select c.id, c.tier as previous, v.tier, ${valuesSql(customerVocabulary(model).names, looked)} as values
from customer c
${metricJoins(model, day.metricTable, day.expressions, looked)}${remembers(all) ? sql`\n${pastTier(day)}` : raw('')}
cross join lateral (select ${tierOfDay(all, day)} as tier) v
where c.tier is distinct from v.tier${amongSql(among)})
select * from moved${limited ? raw(` limit ${BATCH_ROWS_MAX}`) : raw('')}`;
}

/** Does any tier ask where the customer was before this day? */
const remembers = (all: readonly Tier[]) =>
  all.some(({ keep, definition }) => keep !== undefined || definition.effective === 'monthly');

/** The tier before this day, also in a second run of it: `p.tier`. */
const pastTier = (day: FactsDay): Sql =>
  sql`cross join lateral (select coalesce((select h.previous from tier_change h where h.customer_id = c.id and h.business_date = ${day.date}::date), c.tier) as tier) p`;

/** The first tier whose condition holds, or that may be kept; and on other days than the first of a month no monthly one is entered or left. */
function tierOfDay(all: readonly Tier[], day: FactsDay): Sql {
  const cases = all.map(({ definition, condition, keep }) => {
    const code = textLiteral(definition.code);
    if (!condition) return sql`else ${code}`;
    const holds = condition.where(day.expressions);
    return keep
      ? sql`when ${holds} or (p.tier = ${code} and ${keep.where(day.expressions)}) then ${code}`
      : sql`when ${holds} then ${code}`;
  });
  const evaluated = sql`case ${join(cases, '\n  ')} end`;
  const monthly = all.filter(({ definition }) => definition.effective === 'monthly');
  if (monthly.length === 0 || day.date.endsWith('-01')) return evaluated;
  const codes = join(
    monthly.map(({ definition }) => textLiteral(definition.code)),
    ', ',
  );
  const known = join(
    all.map(({ definition }) => textLiteral(definition.code)),
    ', ',
  );
  return sql`(select case when p.tier in (${known}) and (p.tier in (${codes}) or e.tier in (${codes})) then p.tier else e.tier end
  from (select ${evaluated} as tier) e)`;
}

async function storeMoves(tx: Transaction, model: Model, day: FactsDay, moves: TierMove[]): Promise<void> {
  const all = tiers(model);
  const version = versionOf(all.map(({ definition: { file: _, ...rest } }) => rest));
  const plans = new Map(all.map(({ definition: { code } }) => [code, tierPlans(model, code)]));
  const rows = moves.map(({ id, previous, tier, values }) => ({
    id,
    previous,
    tier,
    reason: { asOf: day.date, version, inputs: evidence(plans.get(tier)!, values, day) } satisfies Reason,
  }));
  await tx.query(dayStatement(STORE_MOVES, [JSON.stringify(rows), day.date]));
  // Moved back in a second run of the same day: nothing changed on it.
  await tx.query(
    dayStatement(
      `delete from tier_change where customer_id = any($2::bigint[]) and business_date = $1 and previous is not distinct from tier`,
      [day.date, moves.map(({ id }) => id)],
    ),
  );
}

/** A tier is explained by its own condition; the last one by the conditions that did not hold. */
function tierPlans(model: Model, tier: string): InputPlan[] {
  const all = tiers(model);
  const own = all.filter(({ definition, condition }) => definition.code === tier && condition);
  const shown = (own.length > 0 ? own : all).flatMap(({ condition }) => condition ?? []);
  return inputPlans(customerVocabulary(model).names, shown);
}

const STORE_MOVES = `
  with moved as materialized (
    select * from jsonb_to_recordset($1::jsonb) as moved (id bigint, previous text, tier text, reason jsonb)),
  stored as (update customer c set tier = moved.tier from moved where c.id = moved.id),
  changes (id, code, entered) as (
    select id, previous, false from moved where previous is not null union all select id, tier, true from moved),
  told as (insert into membership_change (customer_id, business_date, kind, code, entered)
    select id, $2, 'tier', code, entered from changes)
  insert into tier_change (customer_id, business_date, previous, tier, reason)
  select id, $2, previous, tier, reason from moved
  on conflict (customer_id, business_date) do update set tier = excluded.tier, reason = excluded.reason`;
