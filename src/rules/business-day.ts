import { record } from '#audit';
import { heldLock, type Queryable, type Sql, sql, type Transaction } from '#database';
import { holdState, openFactsDay, takeSnapshot, updateMetrics, workCalendar } from '#facts';
import { addDays, type BusinessDate, dateIn, daysBetween, Failure, type Text } from '#kernel';
import type { Model } from '#metadata';
import { raiseWatermark } from '#records';
import { applyRules } from './apply-rules.ts';
import type { DayContext } from './day-context.ts';
import { byNewestDefinitions } from './definitions.ts';
import { kinds } from './failures.ts';
import { booksOf, mendNoted } from './noted.ts';
import type { RuleDay } from './occurrence.ts';
import { forgetReckonings } from './room.ts';
import { updateTags } from './tags.ts';
import { updateTiers } from './tiers.ts';

export type { DayContext } from './day-context.ts';

export interface DayStep {
  code: string;
  /** Wall time. */
  ms: number;
  /** What the step did: customers changed, memberships changed, tasks made. */
  count: number;
}

/** What holds after a day; the same however often it is run. */
export interface DayCounts {
  /** Decimal text in the currency of the books. */
  aumTotal: string;
  customers: number;
  tierChanges: number;
  tagChanges: number;
  /** Tasks that rules made for the date. */
  tasks: number;
  /** Accounts and holdings in a currency without a rate, left out of the assets. */
  withoutRate: number;
}

export interface DayResult {
  date: BusinessDate;
  /** `skipped`: an earlier day that was run before and whose facts are still the same. */
  status: 'done' | 'open' | 'skipped';
  counts: DayCounts;
  steps: DayStep[];
  /** True when facts of days before came late, were corrected or taken back since the last run. */
  lateFacts: boolean;
}

export interface DayOptions {
  /** Read all facts instead of carrying the last day forward. */
  full?: boolean;
  /** The day counts as run when it ended: a history is replayed, and nothing of it is late. */
  onTime?: boolean;
  /** Begin the date for what comes live: everything up to the tags, and of the rules those of the facts that are there already. */
  opening?: boolean;
  /** Told at the beginning of each step. */
  progress?: (step: { date: BusinessDate; code: string; label: Text }) => void;
}

/** The labels of the steps, in their order. */
export const DAY_STEPS = {
  aum: { zh: '资产快照', en: 'AUM snapshot' },
  metrics: { zh: '指标', en: 'Metrics' },
  tiers: { zh: '分层', en: 'Tiers' },
  tags: { zh: '标签', en: 'Tags' },
  rules: { zh: '规则与待办', en: 'Rules and tasks' },
} as const satisfies Record<string, Text>;
export type DayStepCode = keyof typeof DAY_STEPS;

/** One run at a time per database; any number does, as long as nothing else uses it. */
export const DAY_LOCK = 7_300_011;

/**
 * Runs one business date in one transaction: snapshot, metrics, tiers, tags, rules. Any date may be run, also again and also
 * after a gap. The newest day carries the state forward. An earlier day is evaluated from all facts for its own date: it corrects
 * the AUM ledger of that date and adds the tasks that were missed, by the tiers and tags of that date, which stay as of the newest day; run before
 * with the same facts, it is skipped. Throws a Failure when another run is in progress or the date has not come yet.
 */
export async function runBusinessDay(
  ctx: DayContext,
  date: BusinessDate,
  options: DayOptions = {},
): Promise<DayResult> {
  checkRange(ctx, date, date);
  return await byNewestDefinitions(ctx.database, ctx.model, (model) => runOnce({ ...ctx, model }, date, options));
}

async function runOnce(ctx: DayContext, date: BusinessDate, options: DayOptions): Promise<DayResult> {
  if (await dayRuns(ctx.database)) throw new Failure(kinds.day_running);
  if (options.opening && !(await mayOpen(ctx.database, date))) {
    return { date, status: 'skipped', counts: NOTHING, steps: [], lateFacts: false };
  }
  await ctx.database.query(
    `insert into business_day (date, status, started_at) values ($1, 'running', $2)
     on conflict (date) do update set status = 'running', started_at = excluded.started_at, finished_at = null, error = null
      where business_day.status <> 'done'`,
    [date, ctx.clock()],
  );
  try {
    const lateFacts = !options.full && (await mendNoted(ctx, { next: date })).lateFacts;
    // Who writes facts of this date from here on says so, since the run may not see them.
    await raiseWatermark(ctx.database, date);
    return await ctx.database.transaction((tx) => runInTransaction(ctx, tx, date, options, lateFacts), {
      // One view of the data for all steps, whatever is loaded or edited meanwhile; a clash with an edit is tried again.
      isolation: 'repeatable read',
      attemptsMax: 5,
      statementTimeoutMs: 0,
    });
  } catch (error) {
    await noteFailure(ctx, date, error);
    throw error;
  }
}

/** A date is opened after the one that the state speaks of; where nothing is computed yet the first day is run whole. */
async function mayOpen(db: Queryable, date: BusinessDate): Promise<boolean> {
  const { rows } = await db.query<{ next: boolean | null }>('select as_of < $1::date as next from facts_state', [date]);
  return rows[0]?.next === true;
}

const NOTHING: DayCounts = { aumTotal: '0', customers: 0, tierChanges: 0, tagChanges: 0, tasks: 0, withoutRate: 0 };

async function runInTransaction(
  ctx: DayContext,
  tx: Transaction,
  date: BusinessDate,
  options: DayOptions,
  lateFacts: boolean,
): Promise<DayResult> {
  const started = ctx.clock();
  await holdState(tx);
  const { rows } = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [DAY_LOCK]);
  if (!rows[0]!.free) throw new Failure(kinds.day_running);
  const { model, institution } = ctx;
  const day = await openFactsDay(tx, model, booksOf(ctx), date, options.full === true);
  if (day.outdated) throw new Failure(kinds.definitions_renewed);
  if (day.mode === 'earlier' && !options.full) {
    const before = await doneBefore(tx, date);
    if (before) return { date, status: 'skipped', ...before, lateFacts };
  }
  if (options.opening && (day.mode === 'earlier' || day.carriedFrom === null || day.carriedFrom === date)) {
    // Somebody else was quicker, or definitions have changed and the whole day is to be run anew first.
    if (day.carriedFrom === date)
      await tx.query("update business_day set status = 'open' where date = $1 and status = 'running'", [date]);
    else await tx.query("delete from business_day where date = $1 and status = 'running'", [date]);
    return { date, status: 'skipped', counts: NOTHING, steps: [], lateFacts };
  }
  const calendar = workCalendar(model, institution.calendar);
  const ruleDay = { ...day, calendar, now: started, live: options.opening === true, onTime: options.onTime === true };
  const { steps, assets } = await runSteps(tx, model, ruleDay, options);
  if (day.mode === 'current') await forgetReckonings(tx, date);
  const counts: DayCounts = { ...assets, ...(await countDay(tx, date)) };
  const status = options.opening ? 'open' : 'done';
  await tx.query(
    `update business_day set status = $6, started_at = $2, finished_at = $3, counts = $4, steps = $5, stale = false,
       seen_at = case when $6 = 'done' then now() end, error = null where date = $1`,
    [date, started, ctx.clock(), JSON.stringify(counts), JSON.stringify(steps), status],
  );
  await record(tx, { at: ctx.clock(), actor: ctx.actor, action: 'day', detail: { date, status, ...counts } });
  return { date, status, counts, steps, lateFacts };
}

/** Does somebody hold the lock of a run? */
async function dayRuns(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ runs: boolean }>(sql`select ${heldDayLock()} as runs`);
  return rows[0]!.runs;
}

/** SQL of the same question. */
export const heldDayLock = (): Sql => heldLock(DAY_LOCK);

async function runSteps(
  tx: Transaction,
  model: Model,
  day: RuleDay,
  { progress, opening }: DayOptions,
): Promise<{ steps: DayStep[]; assets: Pick<DayCounts, 'aumTotal' | 'withoutRate'> }> {
  const steps: DayStep[] = [];
  const assets = { aumTotal: '0', withoutRate: 0 };
  const work: Record<DayStepCode, () => Promise<number>> = {
    aum: async () => {
      const result = await takeSnapshot(tx, model, day);
      assets.aumTotal = result.total;
      assets.withoutRate = result.withoutRate;
      return result.changed;
    },
    metrics: () => updateMetrics(tx, model, day),
    tiers: () => updateTiers(tx, model, day),
    tags: () => updateTags(tx, model, day),
    rules: async () =>
      (await applyRules(tx, model, day, opening ? { kinds: ['fact'], quiet: true } : {})).reduce(
        (sum, { alerts }) => sum + alerts,
        0,
      ),
  };
  for (const [code, label] of Object.entries(DAY_STEPS)) {
    // Tiers and tags are states, not history: they stay as of the newest day.
    if (day.mode === 'earlier' && (code === 'tiers' || code === 'tags')) continue;
    progress?.({ date: day.date, code, label });
    const start = performance.now();
    const count = await work[code as DayStepCode]();
    steps.push({ code, ms: Math.round(performance.now() - start), count });
  }
  return { steps, assets };
}

async function doneBefore(db: Queryable, date: BusinessDate) {
  const { rows } = await db.query<{ counts: DayCounts; steps: DayStep[] }>(
    `select counts, steps from business_day where date = $1 and status = 'done' and not stale`,
    [date],
  );
  return rows[0];
}

async function countDay(db: Queryable, date: BusinessDate): Promise<Omit<DayCounts, 'aumTotal' | 'withoutRate'>> {
  const { rows } = await db.query<Omit<DayCounts, 'aumTotal' | 'withoutRate'>>(
    `select (select count(*)::integer from customer_metric) as customers,
            (select count(*)::integer from tier_change where business_date = $1 and previous is not null) as "tierChanges",
            (select (count(*) filter (where since = $1) + count(*) filter (where until = $1))::integer
               from customer_tag where since = $1 or until = $1) as "tagChanges",
            (select count(*)::integer from task where business_date = $1 and rule is not null) as tasks`,
    [date],
  );
  return rows[0]!;
}

async function noteFailure(ctx: DayContext, date: BusinessDate, error: unknown): Promise<void> {
  const known = error instanceof Failure;
  // The row is the other run's, or of the one that follows at once.
  if (known && (error.kind === kinds.day_running || error.kind === kinds.definitions_renewed)) return;
  const text = known
    ? { code: error.kind.code, zh: error.text('zh'), en: error.text('en') }
    : { code: 'defect', zh: `程序错误：${String(error)}`, en: `a defect: ${String(error)}` };
  await ctx.database.query(
    `update business_day set error = $2, finished_at = $3, status = case when status = 'running' then 'failed' else status end
      where date = $1`,
    [date, JSON.stringify(text), ctx.clock()],
  );
}

/** Ten years and a little: a longer range is a slip of the pen. */
export const RANGE_DAYS_MAX = 3_700;

/** Refuses a range that is no range, is too long, or has not come yet; returns its number of days. */
export function checkRange(
  { institution, clock }: Pick<DayContext, 'institution' | 'clock'>,
  from: BusinessDate,
  to: BusinessDate,
): number {
  const days = daysBetween(from, to) + 1;
  if (days < 1) throw new Failure(kinds.range_reversed, { from, to }, 'from');
  if (days > RANGE_DAYS_MAX) throw new Failure(kinds.range_too_long, { days, max: RANGE_DAYS_MAX }, 'to');
  const today = dateIn(institution.zone, clock());
  if (to > today) throw new Failure(kinds.day_in_future, { date: to, today }, 'to');
  return days;
}

export interface RangeOptions extends DayOptions {
  /** Told after each day. */
  done?: (result: DayResult, position: { done: number; total: number }) => void;
  /** Ends the run between two days. */
  signal?: AbortSignal;
}

/** Runs every calendar day from one date to another, each in its own transaction. Returns what each gave. */
export async function runBusinessDays(
  ctx: DayContext,
  from: BusinessDate,
  to: BusinessDate,
  options: RangeOptions = {},
): Promise<DayResult[]> {
  const total = checkRange(ctx, from, to);
  const results: DayResult[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) {
    options.signal?.throwIfAborted();
    const result = await runBusinessDay(ctx, date, options);
    results.push(result);
    options.done?.(result, { done: results.length, total });
  }
  return results;
}
