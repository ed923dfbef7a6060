import { z } from 'zod';
import { type Context, fieldRight, scopeCondition } from '#access';
import { join, raw, type Sql, sql, type Transaction } from '#database';
import { aliased, clockNames, compile, type Expression, type Scope, type ScopeName } from '#expressions';
import { type BusinessDate, dateIn, Failure, type Text } from '#kernel';
import { columnOf, type FieldTypeCode, fieldOf, type Model } from '#metadata';
import { selectList, visibleFields } from '#records';
import { unseal } from '#vault';
import { kinds } from './failures.ts';

export const qualityLimits = {
  /** Customers counted for one rule; more are “1,000+”. */
  counted: 1_000,
  listed: 100,
};

const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const ruleSchema = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9_]{0,49}$/),
  label: text,
  message: text,
  field: z.string(),
  when: z.string().min(1).max(2_000),
});

export type QualityRule = z.output<typeof ruleSchema>;

/** Types that a rule may speak of: stored plainly. */
const types: Partial<Record<FieldTypeCode, ScopeName['type']>> = {
  text: 'text',
  integer: 'number',
  decimal: 'number',
  money: 'number',
  percent: 'number',
  date: 'date',
  datetime: 'datetime',
  boolean: 'boolean',
  choice: 'text',
  uscc: 'text',
};

interface Checked {
  rule: QualityRule;
  expression: Expression;
}

const known = new WeakMap<Model, Checked[]>();

/** The rules of the packs over rows `t` of customers. Throws a Failure naming file, rule and place of the expression when one is wrong. */
function qualityRules(model: Model): Checked[] {
  let rules = known.get(model);
  if (rules) return rules;
  const customer = model.entity('customer');
  const entries: Record<string, ScopeName & { aliases: string[] }> = {};
  for (const field of customer.fields) {
    const type = types[field.type];
    if (!type || field.encrypted || field.derive) continue;
    entries[field.code] = {
      type,
      sql: `t."${columnOf(field)}"`,
      label: field.label,
      ...(field.options ? { options: field.options } : {}),
      aliases: [field.label.zh, field.label.en],
    };
  }
  const scope: Scope = { names: { ...aliased(entries), ...clockNames } };
  rules = model.data('quality').map(({ file, value }) => {
    try {
      const rule = ruleSchema.parse(value);
      if (!fieldOf(customer, rule.field)) throw new Error(`there is no field ${rule.field}`);
      return { rule, expression: compile(rule.when, scope, 'boolean') };
    } catch (error) {
      const reason =
        error instanceof Failure ? { zh: error.text('zh'), en: error.text('en') } : (error as Error).message;
      throw new Failure(kinds.quality_rule_wrong, { file, rule: String(value.code), reason });
    }
  });
  known.set(model, rules);
  return rules;
}

const todayOf = (ctx: Pick<Context, 'clock' | 'institution'>) => {
  const now = ctx.clock();
  return { values: { today: dateIn(ctx.institution.zone, now), now: now.toISOString() } };
};

/** The rules as the form reads them. */
export const qualityDescriptions = (model: Model): QualityRule[] => qualityRules(model).map(({ rule }) => rule);

/** The rules that a reader may narrow customers by: he sees every field in it clear. */
function rulesFor(ctx: Context): Checked[] {
  const customer = ctx.model.entity('customer');
  return qualityRules(ctx.model).filter(({ expression }) =>
    expression.names.every((code) => {
      const field = fieldOf(customer, code);
      return !field || fieldRight(ctx.model, ctx.actor, customer, field).filter;
    }),
  );
}

export interface QualityCount {
  code: string;
  label: Text;
  message: Text;
  count: number;
  capped: boolean;
}

/** How many customers within reach each rule warns of. */
export async function countQuality(ctx: Context): Promise<QualityCount[]> {
  const customer = ctx.model.entity('customer');
  const counts: QualityCount[] = [];
  for (const { rule, expression } of rulesFor(ctx)) {
    const { rows } = await ctx.database.query<{ count: number }>(
      sql`select count(*)::int as count from (select from customer t where ${expression.where(todayOf(ctx))}
        and ${scopeCondition(ctx.model, ctx.actor, customer, 't')} limit ${raw(String(qualityLimits.counted + 1))}) f`,
    );
    const { code, label, message } = rule;
    const { count } = rows[0]!;
    counts.push({
      code,
      label,
      message,
      count: Math.min(count, qualityLimits.counted),
      capped: count > qualityLimits.counted,
    });
  }
  return counts;
}

/** Customers within reach of whom a rule warns, each with the fields of the rule as the reader sees them. */
export async function listQuality(ctx: Context, code: string): Promise<Record<string, unknown>[]> {
  const customer = ctx.model.entity('customer');
  const found = rulesFor(ctx).find(({ rule }) => rule.code === code);
  if (!found) throw new Failure(kinds.quality_rule_unknown, { rule: code }, 'rule');
  const shown = ['name', 'number', 'birth_date', 'occupation', 'since', 'branch', 'owner'];
  const fields = visibleFields(ctx.model, ctx.actor, customer).filter(({ field }) => shown.includes(field.code));
  const { rows } = await ctx.database.query<{ row: string }>(
    sql`select (select to_json(x)::text from (select ${selectList(ctx.model, ctx.actor, fields, 't')}) x) as row from customer t
      where ${found.expression.where(todayOf(ctx))} and ${scopeCondition(ctx.model, ctx.actor, customer, 't')}
      order by t.id limit ${raw(String(qualityLimits.listed))}`,
  );
  return JSON.parse(await unseal(ctx.database, `[${rows.map(({ row }) => row).join(',')}]`));
}

/** For a load, in its transaction: of how many customers that it wrote each rule warns, on the date that the files speak of. */
export async function writtenQuality(
  tx: Transaction,
  ctx: Pick<Context, 'model' | 'clock'>,
  date: BusinessDate,
): Promise<{ rule: QualityRule; rows: number }[]> {
  const rules = qualityRules(ctx.model);
  if (rules.length === 0) return [];
  const on = { values: { today: date, now: ctx.clock().toISOString() } };
  const counts = rules.map(({ expression }): Sql => sql`count(*) filter (where ${expression.where(on)})::int`);
  // What this transaction wrote carries its own instant.
  const { rows } = await tx.query<{ counts: number[] }>(
    sql`select array[${join(counts)}] as counts from customer t where t.updated_at = now()`,
  );
  return rules.map(({ rule }, index) => ({ rule, rows: rows[0]!.counts[index]! })).filter((each) => each.rows > 0);
}
