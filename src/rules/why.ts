import { fieldView } from '#access';
import { ident, join, raw, type Sql, sql } from '#database';
import { compile, describe, type Expression, type Node, write } from '#expressions';
import { type FactsDay, metricJoins, type Vocabulary } from '#facts';
import type { OwnerContext } from '#identity';
import { Failure, type Text } from '#kernel';
import { fieldOf } from '#metadata';
import { type EvidenceInput, evidence, inputPlans, valuesSql, versionOf } from './conditions.ts';
import { stateDay } from './definition-preview.ts';
import { kinds } from './failures.ts';
import { mustReach } from './hand-tags.ts';
import { hiddenNames } from './hidden-names.ts';
import type { Membership } from './memberships.ts';
import { membershipVocabulary, segments } from './segments.ts';
import { tags } from './tags.ts';
import { tiers } from './tiers.ts';

// Why a customer is in a tag, tier or segment, and why not: every comparison of the condition with its value, its bound and its truth.

export type WhyKind = 'tag' | 'tier' | 'segment';

/** One comparison of a condition. */
export interface WhyPart {
  text: string;
  sentence: Text;
  /** Null: unknown, because a value is missing; for who may not see the values always. */
  holds: boolean | null;
  inputs: EvidenceInput[];
}

/** One condition: to come in, or to stay. */
export interface WhyCondition {
  path: 'if' | 'keep_if';
  code: string;
  label: Text;
  sentence: Text;
  holds: boolean | null;
  parts: WhyPart[];
}

export interface Why {
  kind: WhyKind;
  code: string;
  label: Text;
  /** As it is stored: is the customer in? */
  holds: boolean;
  asOf: string;
  version: string;
  manual: boolean;
  conditions: WhyCondition[];
  history: {
    since: string;
    until: string | null;
    reason: unknown;
    note: string | null;
    by: string | null;
    expiresOn: string | null;
  }[];
}

type Defined = Membership<{ file: string; code: string; label: Text; manual?: true | undefined }>;

/** Throws a Failure for a customer out of reach and for what is not defined. */
export async function explainMembership(
  ctx: OwnerContext,
  customerId: string,
  kind: WhyKind,
  code: string,
): Promise<Why> {
  const all: readonly Defined[] = { tag: tags, tier: tiers, segment: segments }[kind](ctx.model);
  const place = all.findIndex(({ definition }) => definition.code === code);
  const membership = all[place];
  if (!membership) throw new Failure(kinds.why_unknown, { code });
  await mustReach(ctx, customerId);
  const day = await stateDay(ctx, ctx.model);
  // Nobody is in a tier while a higher one holds, so those are told as well.
  const asked = kind === 'tier' ? all.slice(0, place + 1) : [membership];
  const { file: _, ...content } = membership.definition;
  return {
    kind,
    code,
    label: membership.definition.label,
    holds: await isIn(ctx, customerId, kind, code),
    asOf: day.date,
    version: versionOf(content),
    manual: membership.definition.manual ?? false,
    conditions: await conditionsOf(ctx, customerId, day, asked),
    history: await historyOf(ctx, customerId, kind, code),
  };
}

async function conditionsOf(
  ctx: OwnerContext,
  customerId: string,
  day: FactsDay,
  memberships: readonly Defined[],
): Promise<WhyCondition[]> {
  const words = membershipVocabulary(ctx.model);
  const found = memberships.flatMap(({ definition, condition, keep }) =>
    [
      { path: 'if' as const, compiled: condition },
      { path: 'keep_if' as const, compiled: keep },
    ].flatMap(({ path, compiled }) => (compiled ? [{ path, definition, compiled: again(compiled, words) }] : [])),
  );
  if (found.length === 0) return [];
  const leaves = found.map(({ compiled }) =>
    leavesOf(compiled.ast).map((node) => compile(write(node), words.scope, 'boolean')),
  );
  const names = [...new Set(found.flatMap(({ compiled }) => compiled.names))];
  const truths = [...found.map(({ compiled }) => compiled), ...leaves.flat()];
  const columns = truths.map((each, index) => sql`(${each.sql(day.expressions)}) as ${raw(ident(`t${index}`).sql)}`);
  const { rows } = await ctx.database.query<Record<string, boolean | null> & { values: never }>(
    sql`select ${join(columns, ', ')}, ${valuesSql(words.names, names)} as values from customer c
${metricJoins(ctx.model, 'customer_metric', day.expressions, names)} where c.id = ${customerId}::bigint`,
  );
  const row = rows[0];
  const hidden = hiddenNames(ctx, undefined);
  let place = found.length;
  return found.map(({ path, definition, compiled }, index) => {
    const isSeen = (each: Expression) => !each.names.some(hidden);
    return {
      path,
      code: definition.code,
      label: definition.label,
      sentence: describe(compiled.ast),
      holds: isSeen(compiled) ? (row?.[`t${index}`] ?? null) : null,
      parts: leaves[index]!.map((leaf) => {
        const truth = row?.[`t${place++}`] ?? null;
        const seen = isSeen(leaf);
        const inputs = evidence(inputPlans(words.names, [leaf]), row && seen ? row.values : {}, day);
        return { text: leaf.text, sentence: describe(leaf.ast), holds: seen ? truth : null, inputs };
      }),
    };
  });
}

/** Segments are compiled in steps; one customer is asked over what is stored. */
const again = (compiled: Expression, { scope }: Vocabulary): Expression => compile(compiled.text, scope, 'boolean');

/** The comparisons that and, or, not lead to; a whole `if` is one. */
export function leavesOf(node: Node): Node[] {
  if (node.kind === 'and' || node.kind === 'or') return node.parts.flatMap(leavesOf);
  return node.kind === 'not' ? leavesOf(node.value) : [node];
}

async function isIn(ctx: OwnerContext, customerId: string, kind: WhyKind, code: string): Promise<boolean> {
  const held: Record<WhyKind, Sql> = {
    tag: sql`select 1 from customer_tag where customer_id = ${customerId} and tag = ${code} and until is null`,
    segment: sql`select 1 from customer_segment where customer_id = ${customerId} and segment = ${code} and until is null`,
    tier: sql`select 1 from customer where id = ${customerId} and tier = ${code}`,
  };
  return (await ctx.database.query(held[kind])).rows.length > 0;
}

/** Spans told, newest first. */
const HISTORY_MAX = 50;

async function historyOf(ctx: OwnerContext, customerId: string, kind: WhyKind, code: string): Promise<Why['history']> {
  const limit = raw(String(HISTORY_MAX));
  const told: Record<WhyKind, Sql> = {
    tag: sql`select g.since::text, g.until::text, g.reason, g.note, u.name as by, g.expires_on::text as "expiresOn" from customer_tag g
      left join "user" u on u.id = g.set_by where g.customer_id = ${customerId} and g.tag = ${code} order by g.since desc limit ${limit}`,
    segment: sql`select since::text, until::text, reason, null as note, null as by, null as "expiresOn" from customer_segment
      where customer_id = ${customerId} and segment = ${code} order by since desc limit ${limit}`,
    tier: sql`select h.since::text, h.until::text, h.reason, null as note, null as by, null as "expiresOn" from (
        select business_date as since, tier, reason, lead(business_date) over (order by business_date) as until
          from tier_change where customer_id = ${customerId}) h where h.tier = ${code} order by h.since desc limit ${limit}`,
  };
  const { rows } = await ctx.database.query<Why['history'][number]>(told[kind]);
  const customer = ctx.model.entity('customer');
  const seesAmounts = fieldView(ctx.model, ctx.actor, customer, fieldOf(customer, 'aum')!) === 'clear';
  return seesAmounts ? rows : rows.map((row) => ({ ...row, reason: null, note: null }));
}
