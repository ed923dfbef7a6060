import { type Context, customerCondition, fieldView, maskedOutput, scopeOf } from '#access';
import { ident, join, raw, type Sql, sql, sqlState } from '#database';
import type { Expression } from '#expressions';
import { type FactsDay, metricJoins, metricSelect, metrics, type Names, openFactsDay } from '#facts';
import { dateIn, Failure, type Text } from '#kernel';
import { type DefinitionKind, fieldOf, type Model } from '#metadata';
import { titleOf } from '#records';
import type { Checked } from './definition-check.ts';
import type { Body } from './definition-kinds.ts';
import { kinds } from './failures.ts';
import { previewRule } from './rule-preview.ts';
import { membershipVocabulary, segmentStatement } from './segments.ts';
import { tagStatement } from './tags.ts';
import { tierStatement } from './tiers.ts';

export const previewLimits = {
  /** Matches counted; more are told as "10,000+". */
  matchesMax: 10_000,
  sampleMax: 20,
  /** Customers for whom the sample of a metric is computed. */
  metricCustomersMax: 200,
  secondsMax: 15,
};

export interface Effect {
  kind: 'tags' | 'tiers' | 'segments';
  code: string;
  entering: number;
  leaving: number;
}

export interface Preview {
  matches: number;
  capped: boolean;
  sample: { id: string; name: string | null; values: Record<string, string | null> }[];
  sentence?: Text | undefined;
  /** Who would come into and leave tags, tiers and segments, where others than the definition itself are touched. */
  effects?: Effect[] | undefined;
  /** Of tiers: how many would go from where to where. */
  moves?: Move[] | undefined;
}

export interface Move {
  from: string | null;
  to: string | null;
  count: number;
}

/** The day that the stored state speaks of; today before the first. */
export async function stateDay(ctx: Context, model: Model): Promise<FactsDay> {
  const { zone, currency, calendar } = ctx.institution;
  const { rows } = await ctx.database.query<{ asOf: string | null }>('select as_of::text as "asOf" from facts_state');
  const date = rows[0]!.asOf ?? dateIn(zone, ctx.clock());
  return await openFactsDay(ctx.database, model, { zone, currency, calendar }, date, false);
}

/** What a checked definition would do to the customers within the caller's reach; nothing is written. */
export async function previewDefinition(
  ctx: Context,
  kind: DefinitionKind,
  { body, candidate, conditions }: Checked & { body: Body; candidate: Model },
): Promise<Preview | undefined> {
  try {
    const condition = conditions.get('if');
    switch (kind) {
      case 'metrics':
        return await previewMetric(ctx, candidate, body);
      case 'parameters': {
        const day = withParameter(await stateDay(ctx, ctx.model), body, ctx.institution.currency);
        const effects = await effectsOf(ctx, candidate, day, ['tiers', 'tags', 'segments']);
        const matches = effects.reduce((sum, { entering, leaving }) => sum + entering + leaving, 0);
        const moves = effects.some((effect) => effect.kind === 'tiers') ? await movesOf(ctx, candidate, day) : [];
        return { matches, capped: false, sample: [], effects, moves };
      }
      case 'rules': {
        const day = await stateDay(ctx, candidate);
        const { matches, sample } = await previewRule(ctx, candidate, body.code, day, previewLimits.sampleMax);
        return { matches, capped: matches >= previewLimits.matchesMax, sample };
      }
      default: {
        if (!condition) return undefined;
        const preview = await previewCondition(ctx, condition);
        if (kind === 'segments') return preview;
        const day = await stateDay(ctx, candidate);
        const effects = await effectsOf(ctx, candidate, day, [kind]);
        return kind === 'tiers'
          ? { ...preview, effects, moves: await movesOf(ctx, candidate, day) }
          : { ...preview, effects };
      }
    }
  } catch (error) {
    if (sqlState(error) === STATEMENT_TIMEOUT)
      throw new Failure(kinds.preview_too_slow, { seconds: previewLimits.secondsMax });
    throw error;
  }
}

const STATEMENT_TIMEOUT = '57014';

function withParameter(day: FactsDay, body: Body, currency: string): FactsDay {
  const given = body.value as string | { by_currency: Record<string, string> };
  const value = typeof given === 'string' ? given : given.by_currency[currency];
  if (value === undefined) return day;
  const parameters = new Map(day.parameters).set(body.code, value);
  const values = { ...day.expressions.values, ...(typeof value === 'string' ? { [body.code]: value } : {}) };
  return { ...day, parameters, expressions: { ...day.expressions, values } };
}

/** The customers of the caller's reach: the row scope, which row security asks again. */
const reach = (ctx: Context): Sql =>
  customerCondition(ctx.model, scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer')), 'c');

async function previewCondition(ctx: Context, condition: Expression): Promise<Preview> {
  const { model } = ctx;
  const day = await stateDay(ctx, model);
  const words = membershipVocabulary(model);
  const where = sql`from customer c
${metricJoins(model, 'customer_metric', day.expressions, condition.names)}
where ${condition.where(day.expressions)} and ${reach(ctx)}`;
  const { rows: counted } = await ctx.database.query<{ count: string }>(
    sql`select count(*) as count from (select 1 ${where} limit ${previewLimits.matchesMax + 1}) found`,
  );
  const found = Number(counted[0]!.count);
  const { rows } = await ctx.database.query<Preview['sample'][number]>(
    sql`select c.id::text as id, ${raw(titleOf(model, ctx.actor, model.entity('customer'), 'c'))} as name,
      ${shownValues(ctx, words.names, condition.names)} as values ${where} order by c.id limit ${previewLimits.sampleMax}`,
  );
  return { matches: Math.min(found, previewLimits.matchesMax), capped: found > previewLimits.matchesMax, sample: rows };
}

/** The values that decide, as this reader sees them: fields by the field policy, metrics like the assets that they are made of. */
function shownValues(ctx: Context, names: Names, codes: readonly string[]): Sql {
  const customer = ctx.model.entity('customer');
  const isMetric = new Set(metrics(ctx.model).map(({ code }) => code));
  const seesAmounts = fieldView(ctx.model, ctx.actor, customer, fieldOf(customer, 'aum')!) === 'clear';
  const shown = codes.flatMap((code) => {
    const { sql: column } = names[code]!;
    const place = typeof column === 'string' ? column : column!.sql;
    const field = isMetric.has(code) ? undefined : fieldOf(customer, code);
    const view = field
      ? fieldView(ctx.model, ctx.actor, customer, field)
      : isMetric.has(code) && !seesAmounts
        ? 'hidden'
        : 'clear';
    if (view === 'hidden') return [];
    const value = view === 'masked' ? maskedOutput(field!.mask!, place) : place;
    return [raw(`(${value})::text as ${ident(code).sql}`)];
  });
  return shown.length === 0 ? raw("'{}'::jsonb") : sql`(select to_jsonb(v) from (select ${join(shown, ', ')}) v)`;
}

/** Who would come and go, by the candidate's own statements. */
async function effectsOf(ctx: Context, candidate: Model, day: FactsDay, among: Effect['kind'][]): Promise<Effect[]> {
  const effects: Effect[] = [];
  for (const kind of among) {
    const { rows } = await ctx.database.query<Omit<Effect, 'kind'>>(effectStatement(kind, candidate, day));
    effects.push(...rows.map((row) => ({ kind, ...row })));
  }
  return effects;
}

/** Between which tiers customers would move. */
async function movesOf(ctx: Context, candidate: Model, day: FactsDay): Promise<Move[]> {
  const changes = tierStatement(candidate, day, undefined, { limited: false });
  const { rows } = await ctx.database.query<Move>(
    sql`with changes as (${changes})
select previous as "from", tier as "to", count(*)::integer as count from changes group by 1, 2 order by 3 desc, 1, 2`,
  );
  return rows;
}

function effectStatement(kind: Effect['kind'], model: Model, day: FactsDay): Sql {
  const asked = { limited: false };
  const [changes, before, now] =
    kind === 'tiers'
      ? [tierStatement(model, day, undefined, asked), 'array[previous]', 'array[tier]']
      : [
          kind === 'tags' ? tagStatement(model, day, undefined, asked) : segmentStatement(model, day, undefined, asked),
          'before',
          'now',
        ];
  return sql`with changes as (${changes})
select code, count(*) filter (where entering)::integer as entering, count(*) filter (where not entering)::integer as leaving from (
  select unnest(${raw(now)}) as code, true as entering, ${raw(before)} as other from changes
  union all select unnest(${raw(before)}), false, ${raw(now)} from changes) each
where code is not null and (code = any(other)) is not true
group by code order by code`;
}

/** A metric for some customers of the reach, computed by its own statement; masked metrics are not shown. */
async function previewMetric(ctx: Context, candidate: Model, body: Body): Promise<Preview> {
  const customer = ctx.model.entity('customer');
  const seesAmounts = fieldView(ctx.model, ctx.actor, customer, fieldOf(customer, 'aum')!) === 'clear';
  // To who does not see the assets their order would tell what the value does not.
  const order = seesAmounts ? raw('c.aum desc nulls last, c.id') : raw('c.id');
  const { rows: some } = await ctx.database.query<{ id: string; name: string | null }>(
    sql`select c.id::text as id, ${raw(titleOf(ctx.model, ctx.actor, customer, 'c'))} as name
      from customer c join customer_metric m on m.customer_id = c.id where ${reach(ctx)}
      order by ${order} limit ${previewLimits.metricCustomersMax}`,
  );
  if (some.length === 0) return { matches: 0, capped: false, sample: [] };
  const day = await stateDay(ctx, candidate);
  const { rows } = await ctx.database.query<{ id: string; value: string | null }>(
    metricSelect(
      candidate,
      day,
      body.code,
      some.map(({ id }) => id),
    ),
  );
  const values = new Map(rows.map(({ id, value }) => [id, value]));
  const having = some.filter(({ id }) => (values.get(id) ?? null) !== null && !/^0(\.0*)?$/.test(values.get(id)!));
  return {
    matches: having.length,
    capped: some.length === previewLimits.metricCustomersMax,
    sample: having.slice(0, previewLimits.sampleMax).map(({ id, name }) => ({
      id,
      name,
      values: seesAmounts ? { [body.code]: values.get(id) ?? null } : {},
    })),
  };
}
