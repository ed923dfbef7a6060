import type { Context } from '#access';
import { record } from '#audit';
import type { Queryable, Transaction } from '#database';
import { type Books, type FactsDay, openFactsDay, takeSnapshot, updateMetrics } from '#facts';
import { addDays, type BusinessDate, dateIn, daysBetween, Failure, type Text } from '#kernel';
import type { Model } from '#metadata';
import { kinds } from './failures.ts';
import { updateTags } from './tags.ts';
import { applyRules } from './tasks.ts';
import { updateTiers } from './tiers.ts';

/** What a run needs: no request, no language. */
export type DayContext = Pick<Context, 'database' | 'clock' | 'model' | 'actor' | 'institution'>;

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
  status: 'done' | 'skipped';
  counts: DayCounts;
  steps: DayStep[];
  /** True when facts came late for days before, so that everything was read anew. */
  lateFacts: boolean;
}

export interface DayOptions {
  /** Read all facts instead of carrying the last day forward. */
  full?: boolean;
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

/** Facts may come so many days late and are noticed; for older ones run with `full`. */
const LATE_DAYS_MAX = 31;

/**
 * Runs one business date in one transaction: snapshot, metrics, tiers, tags, rules. Any date may be run, also again and also
 * after a gap. The newest day carries the state forward. An earlier day is evaluated from all facts for its own date: it corrects
 * the AUM ledger of that date and adds the tasks that were missed, and leaves tiers and tags as of the newest day; run before
 * with the same facts, it is skipped. Throws a Failure when another run is in progress or the date has not come yet.
 */
export async function runBusinessDay(
  ctx: DayContext,
  date: BusinessDate,
  options: DayOptions = {},
): Promise<DayResult> {
  checkRange(ctx, date, date);
  await ctx.database.query(
    `insert into business_day (date, status, started_at) values ($1, 'running', $2)
     on conflict (date) do update set status = 'running', started_at = excluded.started_at, finished_at = null, error = null
      where business_day.status <> 'done'`,
    [date, ctx.clock()],
  );
  try {
    return await ctx.database.transaction((tx) => runInTransaction(ctx, tx, date, options), {
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

async function runInTransaction(
  ctx: DayContext,
  tx: Transaction,
  date: BusinessDate,
  options: DayOptions,
): Promise<DayResult> {
  const started = ctx.clock();
  const { rows } = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [DAY_LOCK]);
  if (!rows[0]!.free) throw new Failure(kinds.day_running);
  const { model, institution } = ctx;
  const lateFacts = await factsCameLate(tx, date);
  const books: Books = { zone: institution.zone, currency: institution.currency };
  const day = await openFactsDay(tx, model, books, date, options.full === true || lateFacts);
  const recentFacts = await countRecentFacts(tx, date);
  if (day.mode === 'earlier' && !options.full) {
    const before = await doneBefore(tx, date, recentFacts);
    if (before) return { date, status: 'skipped', ...before, lateFacts };
  }
  const { steps, assets } = await runSteps(tx, model, day, institution.calendar, options);
  const counts: DayCounts = { ...assets, ...(await countDay(tx, date)) };
  await tx.query(
    `update business_day set status = 'done', started_at = $2, finished_at = $3, counts = $4, steps = $5, recent_facts = $6,
       error = null where date = $1`,
    [date, started, ctx.clock(), JSON.stringify(counts), JSON.stringify(steps), recentFacts],
  );
  await record(tx, { at: ctx.clock(), actor: ctx.actor, action: 'day', detail: { date, ...counts } });
  return { date, status: 'done', counts, steps, lateFacts };
}

async function runSteps(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  calendar: string,
  { progress }: DayOptions,
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
    rules: async () => (await applyRules(tx, model, day, calendar)).reduce((sum, { made }) => sum + made, 0),
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

/** Facts of a date and the days before it, as far back as lateness is noticed. */
async function countRecentFacts(db: Queryable, date: BusinessDate): Promise<string> {
  const { rows } = await db.query<{ count: string }>(
    `select (select count(*) from transaction where business_date > $1 and business_date <= $2)
          + (select count(*) from login where business_date > $1 and business_date <= $2) as count`,
    [addDays(date, -LATE_DAYS_MAX), date],
  );
  return rows[0]!.count;
}

/** Have facts been added to the days up to the last run, since that run? */
async function factsCameLate(db: Queryable, date: BusinessDate): Promise<boolean> {
  const { rows } = await db.query<{ date: string; recent_facts: string }>(
    `select date::text, recent_facts from business_day where status = 'done' and date < $1 order by date desc limit 1`,
    [date],
  );
  const last = rows[0];
  return last !== undefined && last.recent_facts !== (await countRecentFacts(db, last.date));
}

async function doneBefore(db: Queryable, date: BusinessDate, recentFacts: string) {
  const { rows } = await db.query<{ counts: DayCounts; steps: DayStep[] }>(
    `select counts, steps from business_day where date = $1 and status = 'done' and recent_facts = $2`,
    [date, recentFacts],
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
  if (known && error.kind === kinds.day_running) return; // the row is the other run's
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
