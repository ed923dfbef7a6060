import { join, raw, type Sql, sql, type Transaction } from '#database';
import { dayStatement, type FactsDay, metricJoins, type Names, type Unit, workCalendar } from '#facts';
import { addWorkdays, addWorkingMinutes, instantAt, type Language, type Text, type WorkCalendar } from '#kernel';
import { type Model, recordId } from '#metadata';
import { writeBulk } from '#records';
import {
  type EvidenceInput,
  evidence,
  type InputPlan,
  inputPlans,
  textLiteral,
  type Values,
  valuesSql,
} from './conditions.ts';
import { type DueDefinition, type Priority, type Rule, rules, SUBJECT, subjectJoins } from './rule-definition.ts';
import { filled, SCRIPT_NAMES, type Wording, worded } from './wording.ts';

/** The source under which tasks of rules are kept; their key is rule, customer and occasion. */
const SOURCE = 'rule';

/** Tasks made at once: bounds the memory of a day on which a rule fires for very many. */
const BATCH_ROWS_MAX = 10_000;

/** A customer and occasion for which a rule fires. */
interface Firing {
  customer_id: string;
  owner_id: string | null;
  subject_id: string | null;
  occasion: string;
  priority: Priority;
  /** Exact values by name, as text. */
  values: Values;
}

export interface RuleResult {
  rule: string;
  /** Tasks made by this run. */
  made: number;
}

/**
 * Looks for what the rules ask for and makes the tasks. A task's id is made of rule, customer and occasion, and an occasion that
 * has its task is not looked at again: a second run makes nothing.
 */
export async function applyRules(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  calendarCode: string,
): Promise<RuleResult[]> {
  const calendar = workCalendar(model, calendarCode);
  const results: RuleResult[] = [];
  for (const rule of rules(model)) {
    let made = 0;
    for (;;) {
      const { rows } = await tx.query<Firing>(dayStatement(firingStatement(model, rule, day)));
      if (rows.length > 0) made += await writeTasks(tx, model, rule, day, calendar, rows);
      if (rows.length < BATCH_ROWS_MAX) break;
    }
    results.push({ rule: rule.definition.code, made });
  }
  return results;
}

/** What a rule shows of its inputs: its own figures first, then what the condition looks at. */
function plansOf(rule: Rule): InputPlan[] {
  const figures = Object.entries(rule.definition.values).map(([code, { label, unit, above }]): InputPlan => {
    return { code, label, unit, from: 'row', ...(above ? { operator: '>', against: { parameter: above } } : {}) };
  });
  const measured = new Set(Object.values(rule.definition.values).map(({ above }) => above));
  const others = inputPlans(rule.vocabulary.names, [rule.condition]).filter(({ code }) => !measured.has(code));
  return [...figures, ...others];
}

/** Names whose values a firing brings along: what is shown and what the texts mention. */
function rowCodes(rule: Rule): string[] {
  const { names } = rule.vocabulary;
  const product = rule.subject && `${rule.subject.code}_product`;
  const codes = [
    ...plansOf(rule).flatMap(({ code, from }) => (from === 'row' ? [code] : [])),
    ...rule.mentioned,
    ...(product && Object.hasOwn(names, product) ? [product] : []),
  ];
  return [...new Set(codes)].filter(
    (code) => !Object.hasOwn(rule.definition.values, code) && names[code]!.given !== 'context',
  );
}

/** Every name whose value the statement of a rule needs. */
function usedNames(rule: Rule): string[] {
  const expressions = [rule.condition, rule.occasion, ...rule.values.map(({ value }) => value)];
  for (const { condition } of rule.priorities) if (condition) expressions.push(condition);
  return [...rowCodes(rule), ...expressions.flatMap(({ names }) => names)];
}

/** The statement that finds for whom a rule fires on a day and has not fired yet. */
export function firingStatement(model: Model, rule: Rule, day: FactsDay): Sql {
  const { definition, subject, vocabulary, condition, occasion, priorities, values } = rule;
  const figures = values.map(({ code, value }) => ({ code, value: value.sql(day.expressions) }));
  const shown = valuesSql(vocabulary.names, rowCodes(rule), figures);
  const cases = priorities.map(({ condition, priority }) =>
    condition
      ? sql`when ${condition.where(day.expressions)} then ${textLiteral(priority)}`
      : sql`else ${textLiteral(priority)}`,
  );
  const priority = cases.length > 1 ? sql`case ${join(cases, ' ')} end` : textLiteral(priorities[0]!.priority);
  const code = textLiteral(definition.code);
  const ownOccasion = subject ? sql`${raw(SUBJECT)}.id || '/' || ` : sql``;
  const quiet = definition.cooldown_days
    ? sql`
  and not exists (select from task q where q.customer_id = c.id and q.rule = ${code}
    and abs(q.business_date - ${day.date}::date) < ${definition.cooldown_days})`
    : sql``;
  return sql`with fired as materialized (select c.id as customer_id, c.owner_id, ${subject ? raw(`${SUBJECT}.id`) : sql`null`} as subject_id, o.occasion,
  ${priority} as priority, ${shown} as values
from customer c
${metricJoins(model, day.metricTable, day.expressions, usedNames(rule))}
${subject ? raw(subjectJoins(model, subject)) : sql``}
cross join lateral (select ${ownOccasion}(${occasion.sql(day.expressions)})::text as occasion) o
where ${condition.where(day.expressions)} and o.occasion is not null
  and not exists (select from task k where k.customer_id = c.id and k.rule = ${code} and k.occasion = o.occasion)${quiet})
select * from fired limit ${raw(String(BATCH_ROWS_MAX))}`;
}

const COLUMNS = [
  'customer',
  'title',
  'reason',
  'script',
  'priority',
  'assignee',
  'due_at',
  'status',
  'business_date',
  'rule',
  'occasion',
  'evidence',
];

async function writeTasks(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: FactsDay,
  calendar: WorkCalendar,
  firings: Firing[],
): Promise<number> {
  const due = dueAt(rule.task.due, calendar, day).toISOString();
  const tasks = firings.map((firing) => {
    const key = `${rule.definition.code}/${firing.customer_id}/${firing.occasion}`;
    const text = taskTexts(rule, day, firing);
    return [
      recordId('task', SOURCE, key),
      key,
      firing.customer_id,
      // Lists and searches read the columns; pages take the reader's language from the evidence.
      text.zh.title,
      text.zh.reason,
      text.zh.script,
      firing.priority,
      firing.owner_id,
      due,
      'open',
      day.date,
      rule.definition.code,
      firing.occasion,
      JSON.stringify(evidenceOf(rule, day, firing, text)),
    ];
  });
  const target = { entity: model.entity('task'), columns: COLUMNS, source: SOURCE, asOf: day.date };
  return (await writeBulk(tx, target, [tasks])).inserted;
}

/** When a task is due: people begin with it on the workday after the business date. */
export function dueAt(due: DueDefinition, calendar: WorkCalendar, day: Pick<FactsDay, 'date' | 'books'>): Date {
  const { zone } = day.books;
  if ('at' in due) return instantAt(zone, addWorkdays(calendar, day.date, due.workdays), due.at);
  const morning = instantAt(zone, addWorkdays(calendar, day.date, 1), '00:00');
  return addWorkingMinutes(calendar, zone, morning, due.working_hours * 60);
}

export interface TaskTexts {
  title: string;
  reason: string;
  script: string;
}

/** Why a task exists; kept with it, complete in itself, whatever becomes of the rule. */
export interface TaskEvidence {
  rule: string;
  /** Fingerprint of the rule's definition. */
  version: string;
  /** The business date that was evaluated. */
  asOf: string;
  /** The record that the rule watched, if not the customer. */
  subject?: { entity: string; id: string };
  inputs: EvidenceInput[];
  text: Record<Language, TaskTexts>;
}

function evidenceOf(rule: Rule, day: FactsDay, firing: Firing, text: TaskEvidence['text']): TaskEvidence {
  return {
    rule: rule.definition.code,
    version: rule.version,
    asOf: day.date,
    ...(rule.subject ? { subject: { entity: rule.subject.code, id: firing.subject_id! } } : {}),
    inputs: evidence(plansOf(rule), firing.values, day),
    text,
  };
}

/**
 * Title, reason and script in both languages. The names of people stay marks in the script ([客户姓名], [经理姓名]): who reads it
 * decides whether they may be seen.
 */
function taskTexts(rule: Rule, day: FactsDay, firing: Firing): TaskEvidence['text'] {
  const wording: Wording = { currency: day.books.currency, zone: day.books.zone };
  const values = (language: Language) => wordedValues(rule, day, firing, language, wording);
  const { title, reason, script } = rule.task;
  const texts: Record<keyof TaskTexts, Text> = {
    title: filled(title, values),
    reason: filled(reason, values),
    script: filled(script, values),
  };
  const product = rule.subject && firing.values[`${rule.subject.code}_product`];
  const spoken = (language: Language): TaskTexts => ({
    title: texts.title[language],
    reason: texts.reason[language],
    script: product ? texts.script[language].replaceAll(SCRIPT_NAMES.product, product) : texts.script[language],
  });
  return { zh: spoken('zh'), en: spoken('en') };
}

function wordedValues(rule: Rule, day: FactsDay, firing: Firing, language: Language, wording: Wording) {
  const values: Record<string, string> = {};
  const add = (code: string, value: string | null, unit: Unit, options?: Names[string]['options']) => {
    values[code] = worded(value, unit, language, wording, options);
  };
  for (const [code, { unit }] of Object.entries(rule.definition.values)) add(code, firing.values[code] ?? null, unit);
  for (const code of rule.mentioned) {
    const { unit, given, options } = rule.vocabulary.names[code]!;
    if (code === 'business_date') add(code, day.date, unit);
    else if (given === 'context') add(code, String(day.parameters.get(code)), unit);
    else add(code, firing.values[code] ?? null, unit, options);
  }
  return values;
}
