import { type Context, customerCondition, fieldView, scopeOf } from '#access';
import { raw, sql } from '#database';
import { type FactsDay, metrics, workCalendar } from '#facts';
import { type EntityDefinition, fieldOf, type Model } from '#metadata';
import { titleOf } from '#records';
import { firingStatement } from './firings.ts';
import { type Rule, type RuleDefinition, rules } from './rule-definition.ts';
import { settingOf } from './rule-vocabulary.ts';

// Whom a rule that is being written would alert on the day of the stored state; nothing is written.

interface Found {
  id: string;
  name: string | null;
  values: Record<string, string | null>;
}

/** A code that no rule can have: its alerts are none, so that nobody is left out who was alerted before. */
const UNUSED = '?';

/** Customers within the caller's reach, and some of them with the values that he may see. */
export async function previewRule(
  ctx: Context,
  candidate: Model,
  code: string,
  day: FactsDay,
  sampleMax: number,
): Promise<{ matches: number; sample: Found[] }> {
  const rule = rules(candidate).find(({ definition }) => definition.code === code)!;
  const asked: Rule = { ...rule, definition: { ...rule.definition, code: UNUSED } };
  const customer = candidate.entity('customer');
  const calendar = workCalendar(candidate, day.books.calendar);
  const statement = firingStatement(candidate, asked, {
    ...day,
    calendar,
    now: ctx.clock(),
    live: false,
    onTime: true,
  });
  if (!statement) return { matches: 0, sample: [] };
  const { rows } = await ctx.database.query<Found & { total: number }>(
    sql`with found as (select distinct on (f.customer_id) f.customer_id, f.values from (${statement}) f where f.branch = 'then'
  order by f.customer_id)
select c.id::text as id, ${raw(titleOf(candidate, ctx.actor, customer, 'c'))} as name, f.values, count(*) over ()::integer as total
from found f join customer c on c.id = f.customer_id
where ${customerCondition(candidate, scopeOf(candidate, ctx.actor, customer), 'c')} order by c.id limit ${sampleMax}`,
  );
  const shows = shownBy(ctx, candidate, rule.definition);
  return {
    matches: rows[0]?.total ?? 0,
    sample: rows.map(({ id, name, values }) => ({
      id,
      name,
      values: Object.fromEntries(Object.entries(values).filter(([each]) => shows(each))),
    })),
  };
}

/** Which values this reader sees as they are: fields by the field policy, figures like the assets that they are made of. */
function shownBy(ctx: Context, model: Model, definition: RuleDefinition): (code: string) => boolean {
  const customer = model.entity('customer');
  const seesAmounts = fieldView(model, ctx.actor, customer, fieldOf(customer, 'aum')!) === 'clear';
  const { subject, event } = settingOf(definition);
  const isMetric = new Set(metrics(model).map(({ code }) => code));
  const owners: [prefix: string, entity: EntityDefinition][] = [
    ...model.entities
      .filter(({ code }) => code === event)
      .map((entity): [string, EntityDefinition] => ['event_', entity]),
    ...model.entities
      .filter(({ code }) => code === subject && code !== 'customer')
      .map((entity): [string, EntityDefinition] => [`${entity.code}_`, entity]),
    ['', customer],
  ];
  return (code) => {
    if (isMetric.has(code) || Object.hasOwn(definition.values, code)) return seesAmounts;
    const [prefix, entity] = owners.find(([start]) => code.startsWith(start))!;
    const field = fieldOf(entity, code.slice(prefix.length));
    // What is no field of these is of the institution, such as a product, or made of several values.
    return field ? fieldView(model, ctx.actor, entity, field) === 'clear' : seesAmounts || prefix !== '';
  };
}
