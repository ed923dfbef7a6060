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
import { textLiteral, valuesSql } from './conditions.ts';
import {
  amongSql,
  BATCH_ROWS_MAX,
  type Change,
  color,
  compileMembership,
  countChanges,
  fromTheTop,
  HOLD_DAYS_MAX,
  heldSql,
  inBatches,
  lookedAt,
  type Membership,
  reasonsOf,
  storeChanges,
  touched,
} from './memberships.ts';
import { updateSegments } from './segments.ts';

export const tagSchema = z
  .strictObject({
    code,
    label: text,
    description: text.optional(),
    color: color.optional(),
    /** Of the tags of one group a customer has at most one: the first whose condition holds. */
    group: code.optional(),
    /** The tag that this one goes before in its group, for one that stands in no pack. */
    above: code.optional(),
    /** When a customer has it; kept true by the system. */
    if: expression.optional(),
    /** Set and taken away by people. */
    manual: z.literal(true).optional(),
    /** Hysteresis: who has the tag keeps it while this holds … */
    keep_if: expression.optional(),
    /** … and for so many days after the last day on which the condition held. */
    hold_days: z.int().min(1).max(HOLD_DAYS_MAX).optional(),
  })
  .refine((tag) => (tag.if === undefined) !== (tag.manual === undefined), {
    message: 'needs either a condition (if) or manual: true',
  })
  .refine((tag) => tag.above === undefined || tag.group !== undefined, {
    message: 'above is said of a tag in a group',
  })
  .refine((tag) => !tag.manual || (tag.keep_if === undefined && tag.hold_days === undefined && !tag.group), {
    message: 'a tag set by hand has no keep_if, hold_days or group',
  });

type TagDefinition = Definition<z.output<typeof tagSchema>>;
export type Tag = Membership<TagDefinition>;

/** Tags of one group: each asks for those before it as well. */
const GROUP_TAGS_MAX = 20;

export const tags = oncePerModel((model): Tag[] => {
  const found = fromTheTop(readDefinitions(model, 'tags', tagSchema), { zh: '标签', en: 'tag' });
  for (const [group, members] of Map.groupBy(found, (tag) => tag.group)) {
    if (group !== undefined && members.length > GROUP_TAGS_MAX) {
      throw invalidDefinition(members[GROUP_TAGS_MAX]!, 'group', {
        zh: `同一互斥组最多 ${GROUP_TAGS_MAX} 个标签`,
        en: `a group has at most ${GROUP_TAGS_MAX} tags`,
      });
    }
  }
  return found.map((each) => compileMembership(each, customerVocabulary(model)));
});

export interface TagDescription {
  code: string;
  label: Text;
  color?: string | undefined;
  description?: Text | undefined;
  group?: string | undefined;
  manual?: true | undefined;
}

export function tagDescriptions(model: Model): TagDescription[] {
  return tags(model).map(({ definition: { code, label, color, description, group, manual } }) => ({
    code,
    label,
    color,
    description,
    group,
    manual,
  }));
}

/**
 * Makes every tag true for the day: who came in gets a span that begins today with the reason, whose condition no longer holds
 * gets it ended, and so does one set by hand that expired; segments follow. Of all customers, or of those given. Returns the changes of the
 * business date, which stay the same however often it is run; for given customers how many of them changed.
 */
export async function updateTags(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers?: readonly string[],
): Promise<number> {
  const all = new Map(tags(model).map((tag) => [tag.definition.code, tag]));
  const among = await touched(tx, model, tags(model), customers);
  await noteLapses(tx, model, day, among);
  const reasons = reasonsOf(customerVocabulary(model).names, all, day);
  const changed = await inBatches<Change>(
    tx,
    (limited) => tagStatement(model, day, among, { limited }),
    (rows) => storeChanges(tx, 'tag', day, rows, reasons),
  );
  // Segments speak of tags, so they follow them at once.
  await updateSegments(tx, model, day, customers);
  return customers ? changed : await countChanges(tx, 'tag', day);
}

/** Notes since when the condition of a held tag no longer holds, where the tag outlives it by days. */
async function noteLapses(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  among: readonly string[] | undefined,
): Promise<void> {
  for (const { definition, condition } of tags(model)) {
    if (!definition.hold_days || !condition) continue;
    await tx.query(
      dayStatement(sql`with held as materialized (select c.id, coalesce(${condition.where(day.expressions)}, false) as holds
from customer_tag h join customer c on c.id = h.customer_id
${metricJoins(model, day.metricTable, day.expressions, condition.names)}
where h.tag = ${textLiteral(definition.code)} and h.until is null${amongSql(among)})
update customer_tag g set lapsed_on = case when held.holds then null else ${day.date}::date end from held
 where g.customer_id = held.id and g.tag = ${textLiteral(definition.code)} and g.until is null
   and held.holds is distinct from (g.lapsed_on is null)`),
    );
  }
}

/** Whose tags are not those of the day: before, after, and the values that decide. */
export function tagStatement(model: Model, day: FactsDay, among?: readonly string[], { limited = true } = {}): Sql {
  const looked = lookedAt(tags(model));
  // Some customers are chosen because their tags differ: those are worked out once, not to compare and again to tell them.
  const once = raw(among ? ' offset 0' : '');
  // The CTE keeps the limit out of the plan, as with tiers.
  return sql`with retagged as materialized (select c.id, m.tags as before, v.tags as now, ${valuesSql(customerVocabulary(model).names, looked)} as values
from customer c
${metricJoins(model, day.metricTable, day.expressions, looked)}
cross join lateral (select array_remove(array[${join(heldTags(model, day), ',\n  ')}]::text[], null) as tags${once}) v
where m.tags is distinct from v.tags${amongSql(among)})
select * from retagged${limited ? raw(` limit ${BATCH_ROWS_MAX}`) : raw('')}`;
}

/** The code of each tag where it holds. Of a group only the first does. */
function heldTags(model: Model, day: FactsDay): Sql[] {
  const before = new Map<string, Sql[]>();
  const held = tags(model).map((tag) => {
    const { code, group } = tag.definition;
    const holds = heldSql('tag', tag, day);
    const earlier = (group && before.get(group)) || [];
    if (group) before.set(group, [...earlier, holds]);
    const others = earlier.map((other) => sql` and (${other}) is not true`);
    return sql`case when ${holds}${others.length > 0 ? join(others, '') : raw('')} then ${textLiteral(code)} end`;
  });
  return held.length > 0 ? held : [raw('null')];
}
