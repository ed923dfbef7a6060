import { ident, join, raw, type Sql, sql, type Transaction } from '#database';
import { compile, describe, type Expression, write } from '#expressions';
import { dayStatement, type FactsDay, metricJoins, openReplay, workCalendar } from '#facts';
import type { OwnerContext } from '#identity';
import { addDays, type BusinessDate, Failure, type Text } from '#kernel';
import { type DefinitionRow, definitionsInForce, type Model, originOf, withDefinitions } from '#metadata';
import { type EvidenceInput, evidence, inputPlans, valuesSql, versionOf } from './conditions.ts';
import type { Body } from './definition-kinds.ts';
import { kinds } from './failures.ts';
import { type Firing, firingStatement, usedNames } from './firings.ts';
import { mustReach } from './hand-tags.ts';
import { hiddenNames } from './hidden-names.ts';
import { booksOf } from './noted.ts';
import type { Evidence, RuleDay } from './occurrence.ts';
import { WRITTEN } from './rehearsal.ts';
import { rehearsalDates } from './rehearsals.ts';
import { type Rule, rules } from './rule-definition.ts';
import { ruleSchema } from './rule-schema.ts';
import { EVENT, referenceJoins, SUBJECT, subjectJoins } from './rule-words.ts';
import { mayCompare, remembers } from './watch.ts';
import { leavesOf, type WhyPart } from './why.ts';

// Why a rule alerted a customer on a day, or did not: every comparison with its value on that day, and what else decides.

/**
 * fired: it did. would: it would now, and has not (published later, or the day is to be run again). effective: not in force on the date.
 * record: the customer has none of the records that are watched. condition: it does not hold. trigger: what starts the rule did not happen.
 * already: this occasion was told before. cooldown: the customer was alerted shortly before or after. not_run: the date was not run.
 */
export type Verdict =
  | 'fired'
  | 'would'
  | 'effective'
  | 'record'
  | 'condition'
  | 'trigger'
  | 'already'
  | 'cooldown'
  | 'not_run';

/** An alert as it was kept. */
export interface KeptAlert {
  id: string;
  businessDate: string;
  at: string;
  occasion: string;
  branch: string;
  outcome: string;
  late: boolean;
  version: string | null;
  /** The business date that was evaluated. */
  asOf: string | null;
  inputs: EvidenceInput[];
  actions: unknown;
}

/** The condition for the customer, or for one of his records. */
export interface WhyCase {
  /** The watched record or the event; null for the customer himself. */
  record: { entity: string; id: string } | null;
  holds: boolean | null;
  parts: WhyPart[];
}

export interface WhyRule {
  code: string;
  label: Text;
  /** Of the version that alerted; else of the one in force. */
  version: string;
  /** Of the one in force; null for a rule that was retired. */
  current: string | null;
  date: BusinessDate;
  verdict: Verdict;
  sentence: Text;
  /** What starts it: `day`, `fact`, `date` … */
  when: string;
  effective: { from: string | null; until: string | null };
  cooldownDays: number | null;
  cases: WhyCase[];
  /** Of this date, or what stands in the way of it. */
  alerts: KeptAlert[];
}

/** Records of one customer that are told. */
const CASES_MAX = 20;
const ALERTS_MAX = 20;
/** Versions among which the one that alerted is looked for. */
const VERSIONS_MAX = 50;

/**
 * Throws a Failure for a customer out of reach, a rule that is not in force and never alerted him, and a date without history. A rule that did
 * alert is explained by the version that did, also after it was changed or retired.
 */
export async function explainRule(
  ctx: OwnerContext,
  code: string,
  customerId: string,
  asked: BusinessDate | undefined,
): Promise<WhyRule> {
  await mustReach(ctx, customerId);
  const { first, last } = await rehearsalDates(ctx.identity.database);
  const date = asked ?? last;
  const current = ruleOf(ctx.model, code);
  const rows = date === null ? [] : await alertsOf(ctx, code, current?.definition.cooldown_days, customerId, date);
  const fired = rows.find(({ businessDate }) => businessDate === date);
  const { model, rule } = await versionThen(ctx, code, current, fired?.version);
  const known = date !== null && first !== null && last !== null && date >= first && date <= last;
  if (date === null || !(known || fired))
    throw new Failure(kinds.rehearsal_no_history, { first: first ?? '—', last: last ?? '—' }, 'date');
  const hidden = hiddenNames({ ...ctx, model }, rule);
  const { cases, firings } = known
    ? await look({ ...ctx, model }, rule, customerId, date, hidden)
    : { cases: [], firings: [] };
  const kept = rows.map(({ evidence, ...row }): KeptAlert => {
    const inputs = (evidence?.inputs ?? []).map((input) => (hidden(input.code) ? { ...input, value: null } : input));
    return { ...row, asOf: evidence?.asOf ?? null, inputs };
  });
  const { definition, version } = rule;
  const { when, effective, cooldown_days: cooldownDays } = definition;
  const verdict = await verdictOf(ctx, rule, date, cases, firings, kept);
  return {
    code,
    label: definition.label,
    version,
    current: current?.version ?? null,
    date,
    verdict,
    sentence: describe(rule.condition.ast),
    when: typeof when === 'string' ? when : Object.keys(when)[0]!,
    effective: { from: effective?.from ?? null, until: effective?.until ?? null },
    cooldownDays: cooldownDays ?? null,
    cases,
    alerts: kept.filter((each) => verdict !== 'fired' || each.businessDate === date),
  };
}

const ruleOf = (model: Model, code: string) => rules(model).find(({ definition }) => definition.code === code);

/** The rule as it was when it alerted, and the model that it belongs to; where that version is not kept, the one in force. */
async function versionThen(
  { model, identity }: OwnerContext,
  code: string,
  current: Rule | undefined,
  version: string | null | undefined,
): Promise<{ model: Model; rule: Rule }> {
  if (current && (version === undefined || version === null || current.version === version))
    return { model, rule: current };
  if (version) {
    const { rows } = await identity.database.query<{ body: Body }>(
      "select body from definition where kind = 'rules' and code = $1 and body is not null order by version desc limit $2",
      [code, VERSIONS_MAX],
    );
    const shipped = originOf(model)
      .data('rules')
      .flatMap(({ value }) => (value.code === code ? [value as Body] : []));
    const body = [...rows.map((row) => row.body), ...shipped].find((each) => fingerprint(each) === version);
    if (body) {
      const added: DefinitionRow = { kind: 'rules', code, version: 0, body };
      const candidate = withDefinitions(model, [...definitionsInForce(model), added]);
      const rule = compiles(candidate, code);
      if (rule) return { model: candidate, rule };
    }
  }
  if (!current) throw new Failure(kinds.rule_unknown, { code });
  return { model, rule: current };
}

function fingerprint(body: Body): string | undefined {
  const read = ruleSchema.safeParse(body);
  return read.success ? versionOf(read.data) : undefined;
}

/** What an old version speaks of may no longer be there. */
function compiles(model: Model, code: string): Rule | undefined {
  try {
    return ruleOf(model, code);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

async function verdictOf(
  { identity }: OwnerContext,
  { definition }: Rule,
  date: BusinessDate,
  cases: readonly WhyCase[],
  firings: readonly Firing[],
  kept: readonly KeptAlert[],
): Promise<Verdict> {
  if (kept.some(({ businessDate }) => businessDate === date)) return 'fired';
  const { from, until } = definition.effective ?? {};
  if ((from && date < from) || (until && date > until)) return 'effective';
  if (firings.length === 0) {
    if (cases.length === 0) return definition.subject === 'customer' ? 'trigger' : 'record';
    // Null stands for hidden as well; whether it fires says what such a reader may know.
    return cases.some(({ holds }) => holds === true) ? 'trigger' : 'condition';
  }
  if (kept.some(({ occasion }) => firings.some((each) => each.occasion === occasion))) return 'already';
  if (kept.length > 0 && definition.cooldown_days !== undefined) return 'cooldown';
  const { rows } = await identity.database.query(
    "select 1 from business_day where date = $1 and status = 'done' and not stale",
    [date],
  );
  return rows.length === 0 ? 'not_run' : 'would';
}

/** The day once more for this customer alone, as a rehearsal sees it. */
async function look(
  ctx: OwnerContext,
  rule: Rule,
  customerId: string,
  date: BusinessDate,
  hidden: (code: string) => boolean,
): Promise<{ cases: WhyCase[]; firings: Firing[] }> {
  const { model, institution } = ctx;
  // What turned or changed is known by the day before.
  const from = remembers(rule) ? addDays(date, -1) : date;
  const replay = await openReplay(ctx.identity.database, model, {
    books: booksOf({ institution }),
    from,
    to: date,
    names: usedNames(rule),
    among: [customerId],
    emptied: WRITTEN,
    accounts: rule.subject?.code === 'account',
  });
  try {
    const calendar = workCalendar(model, institution.calendar);
    const ruleDay = (facts: FactsDay): RuleDay => ({ ...facts, calendar, now: ctx.clock(), live: false, onTime: true });
    if (from < date) await replay.on(from, (tx, facts) => mayCompare(tx, model, rule, ruleDay(facts), true));
    return await replay.on(date, async (tx, facts) => {
      const day = ruleDay(facts);
      const statement = firingStatement(model, rule, day);
      const firings = statement ? (await tx.query<Firing>(dayStatement(statement))).rows : [];
      return { cases: await casesOf(ctx, tx, rule, customerId, day, hidden), firings };
    });
  } finally {
    await replay.close();
  }
}

async function casesOf(
  { model }: OwnerContext,
  tx: Transaction,
  rule: Rule,
  customerId: string,
  day: RuleDay,
  hidden: (code: string) => boolean,
): Promise<WhyCase[]> {
  const { vocabulary, subject, trigger } = rule;
  const event = 'event' in trigger ? trigger.event : undefined;
  const asked = trigger.kind === 'turns' ? [trigger.watched, rule.condition] : [rule.condition];
  const names = [...new Set(asked.flatMap((each) => each.names))];
  // What was before a change is known on the day alone.
  if (names.some((name) => name === 'value_before' || name === 'value_now')) return [];
  const again = (text: string) => compile(text, vocabulary.scope, 'boolean');
  const leaves = asked.flatMap(({ ast }) => leavesOf(ast).map((node) => again(write(node))));
  const truths: Expression[] = [...asked, ...leaves];
  const columns = truths.map((each, index) => sql`(${each.sql(day.expressions)}) as ${raw(ident(`t${index}`).sql)}`);
  const ofEvents = event && names.some((name) => name.startsWith('event_'));
  const id: Sql = raw(ofEvents ? `${EVENT}.id::text` : subject ? `${SUBJECT}.id::text` : 'null::text');
  const { rows } = await tx.query<Record<string, boolean | null> & { record: string | null; values: never }>(
    sql`select ${id} as record, ${join(columns, ', ')}, ${valuesSql(vocabulary.names, names)} as values from customer c
${metricJoins(model, day.metricTable, day.expressions, names)}
${subject ? subjectJoins(model, subject) : sql``}
${ofEvents ? eventJoin(model, rule, event, day) : sql``}
where c.id = ${customerId}::bigint order by 1 limit ${CASES_MAX}`,
  );
  const isSeen = (each: Expression) => !each.names.some(hidden);
  const entity = ofEvents ? event.code : subject?.code;
  return rows.map((row) => {
    const truth = (index: number) => row[`t${index}`] ?? null;
    const whole = asked.every(isSeen);
    const all = asked.map((_, index) => truth(index));
    return {
      record: entity && row.record !== null ? { entity, id: String(row.record) } : null,
      holds: !whole ? null : all.includes(false) ? false : all.includes(null) ? null : true,
      parts: leaves.map((leaf, index) => ({
        text: leaf.text,
        sentence: describe(leaf.ast),
        holds: isSeen(leaf) ? truth(asked.length + index) : null,
        inputs: evidence(inputPlans(vocabulary.names, [leaf]), isSeen(leaf) ? row.values : {}, day),
      })),
    };
  });
}

/** The facts of the day, or the institution's records. */
function eventJoin(
  model: OwnerContext['model'],
  { subject }: Rule,
  event: NonNullable<Rule['subject']>,
  day: RuleDay,
): Sql {
  const table = ident(event.code);
  const references = raw(referenceJoins(model, event, EVENT));
  if (event.storage === 'fact') {
    return sql`join ${table} ${raw(EVENT)} on ${raw(EVENT)}.customer_id = c.id and ${raw(EVENT)}.business_date = ${day.date}::date
${references}`;
  }
  const shared = event.fields.find(
    ({ type, ref }) =>
      type === 'ref' && ref !== 'user' && subject?.fields.some((own) => own.type === 'ref' && own.ref === ref),
  )!;
  const own = subject!.fields.find(({ type, ref }) => type === 'ref' && ref === shared.ref)!;
  return sql`join ${table} ${raw(EVENT)} on ${raw(`${EVENT}.${ident(`${shared.code}_id`).sql}`)} = ${raw(`${SUBJECT}.${ident(`${own.code}_id`).sql}`)}
${references}`;
}

type AlertRow = Omit<KeptAlert, 'inputs' | 'asOf'> & { evidence: Evidence | null };

/** Alerts of the rule for the customer on the date and around it, as far as its cool-down reaches. */
async function alertsOf(
  { database }: OwnerContext,
  code: string,
  cooldownDays: number | undefined,
  customerId: string,
  date: BusinessDate,
): Promise<AlertRow[]> {
  const reach = Math.max(cooldownDays ?? 0, 400);
  const { rows } = await database.query<AlertRow>(
    sql`select id::text, business_date::text as "businessDate", at, occasion, branch, outcome, late, rule_version as version, evidence, actions
      from alert where customer_id = ${customerId}::bigint and rule = ${code}
       and business_date between ${addDays(date, -reach)}::date and ${addDays(date, reach)}::date
      order by abs(business_date - ${date}::date), at desc limit ${ALERTS_MAX}`,
  );
  return rows;
}
