import { type Database, sql, type Transaction } from '#database';
import { type Books, dayStatement, openReplay, workCalendar } from '#facts';
import { addDays, type BusinessDate, daysBetween } from '#kernel';
import type { Model } from '#metadata';
import { alertIdOf, alertKey } from './alerts.ts';
import { type EvidenceInput, evidence } from './conditions.ts';
import { BATCH_ROWS_MAX, distinctFirings, type Firing, firingStatement, plansOf, usedNames } from './firings.ts';
import { isHeldOut } from './hold-out.ts';
import type { RuleDay } from './occurrence.ts';
import type { Rule } from './rule-definition.ts';
import { SOURCE } from './source.ts';
import { mayCompare, remember, remembers } from './watch.ts';

// What a rule would have done on past days: the statement by which it fires, over the state as it was, day after day.

export const rehearsalLimits = {
  daysMax: 366,
  /** Of more customers as many are taken, always the same ones, and the figures say so. */
  customersMax: 20_000,
  /** Alerts of one version; a rule that gives more is stopped there. */
  alertsMax: 100_000,
  samplesMax: 20,
  /** Units and people told by name; the rest is one line. */
  groupsMax: 200,
};

/** An alert that would have been. */
export interface RehearsedAlert {
  date: BusinessDate;
  customerId: string;
  ownerId: string | null;
  branchId: string | null;
  subjectId: string | null;
  branch: 'then' | 'else';
  minutes: number;
  values: Firing['values'];
}

/** A sample with what was looked at. */
export interface RehearsedSample {
  date: BusinessDate;
  customerId: string;
  subject?: { entity: string; id: string };
  branch: 'then' | 'else';
  inputs: EvidenceInput[];
}

/** One version over all days. */
export interface RehearsedVersion {
  alerts: number;
  customers: number;
  /** Of these on the first day: what a rule about something lasting finds when it begins. */
  first: number;
  /** True when it was stopped at the limit; the days after it are missing. */
  stopped: boolean;
  /** Of these by the other branch. */
  otherwise: number;
  /** Minutes of the tasks. */
  minutes: number;
  /** Alerts by day, in the order of the days. */
  perDay: number[];
  perBranch: { id: string | null; count: number }[];
  perManager: { id: string | null; count: number }[];
  samples: RehearsedSample[];
  /** With rules in force: alerts of theirs for the same customer on the same date, and customers who had both in these days. */
  overlap: { rule: string; sameDay: number; customers: number }[];
}

export interface RehearsalFigures {
  from: BusinessDate;
  to: BusinessDate;
  /** Customers who took part. */
  customers: number;
  /** Of so many in reach. */
  reach: number;
  versions: RehearsedVersion[];
  /** Customers and dates that both versions, or one alone, would alert. */
  compared?: { both: number; first: number; second: number };
}

export interface RehearsalInput {
  model: Model;
  books: Books;
  from: BusinessDate;
  to: BusinessDate;
  /** The versions to be compared, compiled under codes of their own. */
  rules: readonly Rule[];
  /** The customers who take part; all when absent. */
  among?: readonly string[] | undefined;
  now: Date;
  signal?: AbortSignal;
  progress?: (state: { done: number; total: number; alerts: number }) => void;
}

/** Tables that rules write or remember by; in the replay they begin empty. */
export const WRITTEN = ['alert', 'rule_watch', 'rule_baseline', 'rule_record', 'business_day'];

/** Runs the rules over the days; writes nothing but tables of its own session. */
export async function rehearse(database: Database, input: RehearsalInput): Promise<Omit<RehearsalFigures, 'reach'>> {
  const { model, books, from, to, rules, among, now } = input;
  const total = daysBetween(from, to) + 1;
  const replay = await openReplay(database, model, {
    books,
    from,
    to,
    names: rules.flatMap(usedNames),
    among,
    emptied: WRITTEN,
    accounts: rules.some(({ subject }) => subject?.code === 'account'),
  });
  try {
    const calendar = workCalendar(model, books.calendar);
    const found: RehearsedAlert[][] = rules.map(() => []);
    const stopped = rules.map(() => false);
    let customers = 0;
    let last: RuleDay | undefined;
    for (let done = 0; done < total; done += 1) {
      input.signal?.throwIfAborted();
      await replay.on(addDays(from, done), async (tx, facts) => {
        const day: RuleDay = { ...facts, calendar, now, live: false, onTime: true };
        for (const [index, rule] of rules.entries()) {
          if (stopped[index]) continue;
          found[index]!.push(...(await firedOn(tx, model, rule, day)));
          stopped[index] = found[index]!.length >= rehearsalLimits.alertsMax;
        }
        if (done === 0) customers = await countCustomers(tx);
        last = day;
      });
      input.progress?.({ done: done + 1, total, alerts: found.reduce((sum, each) => sum + each.length, 0) });
    }
    const versions: RehearsedVersion[] = [];
    for (const [index, rule] of rules.entries()) {
      const told = figuresOf(rule, found[index]!, { from, total, day: last!, stopped: stopped[index]! });
      versions.push({ ...told, overlap: await overlapOf(database, found[index]!, from, to) });
    }
    return { from, to, customers, versions, ...(rules.length > 1 ? { compared: compare(found[0]!, found[1]!) } : {}) };
  } finally {
    await replay.close();
  }
}

const countCustomers = async (tx: Transaction): Promise<number> =>
  Number((await tx.query<{ count: string }>('select count(*) as count from customer')).rows[0]!.count);

/** For whom the rule fires on a day; kept, so that the next day knows it. */
async function firedOn(tx: Transaction, model: Model, rule: Rule, day: RuleDay): Promise<RehearsedAlert[]> {
  const found: RehearsedAlert[] = [];
  const statement = firingStatement(model, rule, day);
  if (!statement || (remembers(rule) && !(await mayCompare(tx, model, rule, day, true)))) return found;
  for (;;) {
    const { rows } = await tx.query<Firing>(dayStatement(statement));
    const distinct = distinctFirings(rule, rows);
    if (distinct.length > 0) await keep(tx, rule, day, distinct);
    for (const row of distinct) {
      if (isLeftOut(rule, row)) continue;
      found.push({
        date: row.business_date,
        customerId: row.customer_id,
        ownerId: row.owner_id,
        branchId: row.branch_id,
        subjectId: row.subject_id,
        branch: row.branch,
        minutes: minutesOf(rule, row),
        values: row.values,
      });
    }
    if (rows.length < BATCH_ROWS_MAX) break;
  }
  if (remembers(rule)) await remember(tx, model, rule, day, undefined);
  return found;
}

/** Is it one of the customers for whom the rule does nothing, so that its effect can be measured? */
const isLeftOut = ({ definition: { code, hold_out_percent } }: Rule, { customer_id }: Firing): boolean =>
  isHeldOut(code, hold_out_percent, customer_id);

async function keep(tx: Transaction, rule: Rule, day: RuleDay, rows: readonly Firing[]): Promise<void> {
  const { code } = rule.definition;
  const keys = rows.map((row) => alertKey(code, row.customer_id, row.occasion));
  await tx.query(
    sql`insert into alert (id, customer_id, rule, occasion, business_date, at, branch, outcome, late, source, source_key)
      select u.id, u.customer_id, ${code}, u.occasion, u.business_date, ${day.now.toISOString()}::timestamptz, u.branch, u.outcome, false, ${SOURCE}, u.key
        from unnest(${keys.map(alertIdOf)}::bigint[], ${rows.map((row) => row.customer_id)}::bigint[], ${rows.map((row) => row.occasion)}::text[],
          ${rows.map((row) => row.business_date)}::date[], ${rows.map((row) => row.branch)}::text[],
          ${rows.map((row) => (isLeftOut(rule, row) ? 'held_out' : 'acted'))}::text[], ${keys}::text[]) as u (id, customer_id, occasion, business_date, branch, outcome, key)
      on conflict do nothing`,
  );
}

/** Minutes of the tasks that it would make. */
const minutesOf = ({ actions }: Rule, { branch, holds }: Firing): number =>
  actions.reduce(
    (sum, action) =>
      action.kind === 'task' && action.branch === branch && holds[action.index] ? sum + action.act.minutes : sum,
    0,
  );

function figuresOf(
  rule: Rule,
  found: readonly RehearsedAlert[],
  { from, total, day, stopped }: { from: BusinessDate; total: number; day: RuleDay; stopped: boolean },
): Omit<RehearsedVersion, 'overlap'> {
  const perDay = Array.from({ length: total }, () => 0);
  for (const { date } of found) perDay[daysBetween(from, date)]! += 1;
  return {
    alerts: found.length,
    customers: new Set(found.map(({ customerId }) => customerId)).size,
    first: perDay[0]!,
    stopped,
    otherwise: found.filter(({ branch }) => branch === 'else').length,
    minutes: found.reduce((sum, { minutes }) => sum + minutes, 0),
    perDay,
    perBranch: grouped(found, ({ branchId }) => branchId),
    perManager: grouped(found, ({ ownerId }) => ownerId),
    samples: samplesOf(found).map(({ date, customerId, subjectId, branch, values }) => ({
      date,
      customerId,
      ...(rule.subject && subjectId ? { subject: { entity: rule.subject.code, id: subjectId } } : {}),
      branch,
      inputs: evidence(plansOf(rule), values, day),
    })),
  };
}

function grouped(found: readonly RehearsedAlert[], by: (alert: RehearsedAlert) => string | null) {
  const counts = new Map<string | null, number>();
  for (const alert of found) counts.set(by(alert), (counts.get(by(alert)) ?? 0) + 1);
  return [...counts]
    .map(([id, count]) => ({ id, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, rehearsalLimits.groupsMax);
}

/** Some of all days, each customer once where there are enough. */
function samplesOf(found: readonly RehearsedAlert[]): RehearsedAlert[] {
  const once = [...new Map(found.map((alert) => [alert.customerId, alert])).values()];
  const among = once.length >= rehearsalLimits.samplesMax ? once : found;
  const step = Math.max(1, among.length / rehearsalLimits.samplesMax);
  const chosen: RehearsedAlert[] = [];
  for (let at = 0; at < among.length && chosen.length < rehearsalLimits.samplesMax; at += step) {
    chosen.push(among[Math.floor(at)]!);
  }
  return chosen.sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
}

const pairOf = ({ customerId, date }: RehearsedAlert) => `${customerId} ${date}`;

function compare(first: readonly RehearsedAlert[], second: readonly RehearsedAlert[]) {
  const [a, b] = [new Set(first.map(pairOf)), new Set(second.map(pairOf))];
  const both = [...a].filter((pair) => b.has(pair)).length;
  return { both, first: a.size - both, second: b.size - both };
}

/** How much of it rules in force told already. */
async function overlapOf(
  database: Database,
  found: readonly RehearsedAlert[],
  from: BusinessDate,
  to: BusinessDate,
): Promise<RehearsedVersion['overlap']> {
  if (found.length === 0) return [];
  const { rows } = await database.query<RehearsedVersion['overlap'][number]>(
    sql`with told as (select distinct customer_id, business_date
          from unnest(${found.map(({ customerId }) => customerId)}::bigint[], ${found.map(({ date }) => date)}::date[]) as u (customer_id, business_date))
      select k.rule, count(distinct (k.customer_id, k.business_date)) filter (where exists (select from told t
               where t.customer_id = k.customer_id and t.business_date = k.business_date))::integer as "sameDay",
             count(distinct k.customer_id)::integer as customers
        from alert k where k.business_date between ${from}::date and ${to}::date and k.outcome = 'acted'
         and k.customer_id in (select customer_id from told)
       group by k.rule order by 2 desc, 3 desc, 1`,
  );
  return rows;
}
