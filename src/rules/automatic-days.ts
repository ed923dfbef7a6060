import { readInstitution } from '#access';
import { record } from '#audit';
import { type Queryable, sql } from '#database';
import { asOwner, type OwnerContext } from '#identity';
import type { JobContext, JobHandler, Schedule } from '#jobs';
import { addDays, type BusinessDate, dateIn, Failure, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { runBusinessDay } from './business-day.ts';
import { kinds } from './failures.ts';

// Business dates that run by themselves: every day at its time, and after a standstill all that were missed, in order, each for its own date.

/** Setting `automatic_days`. */
export interface AutomaticDays {
  enabled: boolean;
  /** Local time, HH:MM. */
  at: string;
  /** The date that is run then: the one that has just ended, or the one that is ending. */
  date: 'yesterday' | 'today';
}

const SETTING = 'automatic_days';
const SCHEDULE = 'automatic_days';
export const CATCH_UP_JOB = 'business_days.catch_up';

const standard: AutomaticDays = { enabled: false, at: '01:30', date: 'yesterday' };

const limits = {
  /** Dates before the newest that are run again when facts of theirs came late. */
  staleDaysMax: 31,
  /** Between two looks whether another run of a day has ended. */
  waitMs: 1_000,
  /** A job may be taken up so often by another process after one that died. */
  attemptsMax: 100,
  timeoutMs: 24 * 3_600_000,
};

export async function readAutomaticDays(db: Queryable): Promise<AutomaticDays> {
  const { rows } = await db.query<{ value: Partial<AutomaticDays> }>('select value from setting where key = $1', [
    SETTING,
  ]);
  return { ...standard, ...rows[0]?.value };
}

export async function changeAutomaticDays(ctx: OwnerContext, after: AutomaticDays): Promise<void> {
  await asOwner(ctx, async (tx) => {
    const before = await readAutomaticDays(tx);
    await tx.query(
      `insert into setting (key, value, updated_at) values ($1, $2, $3)
       on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
      [SETTING, JSON.stringify(after), ctx.clock()],
    );
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'configure',
      entity: 'setting',
      detail: { setting: SETTING, before, after },
    });
  });
}

/** The newest date that should have been run by an instant; null where nothing runs by itself. */
export function expectedDate(setting: AutomaticDays, zone: string, now: Date): BusinessDate | null {
  if (!setting.enabled) return null;
  const today = dateIn(zone, now);
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const due = time.format(now) >= setting.at ? today : addDays(today, -1);
  return setting.date === 'yesterday' ? addDays(due, -1) : due;
}

/**
 * The dates up to `upTo` that are to be run, in their order: all after the first that was ever run which were not, and those of the last days
 * whose facts came late. Before any day was run, `upTo` alone.
 */
export async function missedDates(db: Queryable, upTo: BusinessDate): Promise<BusinessDate[]> {
  const { rows } = await db.query<{ date: BusinessDate }>(
    sql`with done as (select date, stale from business_day where status = 'done'),
      began as (select min(date) as date from done)
    select d::date::text as date from began, generate_series(coalesce(began.date, ${upTo}::date), ${upTo}::date, interval '1 day') d
      where not exists (select from done where done.date = d::date
        and not (done.stale and d::date > ${upTo}::date - ${limits.staleDaysMax}::integer))
      order by 1`,
  );
  return rows.map(({ date }) => date);
}

/** Runs what is missed, one date after the other; a date that another process has run meanwhile is left out. */
async function catchUp(ctx: JobContext, model: Model, upTo: BusinessDate): Promise<{ days: number }> {
  const { database, clock, signal } = ctx;
  let days = 0;
  // A day that facts keep coming for would else be run for ever.
  const seen = new Set<BusinessDate>();
  for (;;) {
    signal.throwIfAborted();
    const missed = (await missedDates(database, upTo)).filter((date) => !seen.has(date));
    const date = missed[0];
    if (date === undefined) return { days };
    ctx.progress({ date, done: days, total: days + missed.length });
    const institution = await readInstitution(database);
    try {
      await runBusinessDay({ database, clock, model, institution, actor: systemActor }, date);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== kinds.day_running) throw error;
      await new Promise((resolve) => setTimeout(resolve, limits.waitMs));
      continue;
    }
    seen.add(date);
    days += 1;
  }
}

export const catchUpHandler = (model: Model): JobHandler<{ upTo: BusinessDate }> => ({
  kind: CATCH_UP_JOB,
  label: { zh: '自动运行业务日', en: 'Business days by themselves' },
  timeoutMs: limits.timeoutMs,
  run: (ctx, { upTo }) => catchUp(ctx, model, upTo),
});

/** The time is asked for every time, so a changed setting needs no restart. */
export const automaticSchedule = (zone: string): Schedule => ({
  name: SCHEDULE,
  kind: CATCH_UP_JOB,
  at: async (database) => {
    const { enabled, at } = await readAutomaticDays(database);
    return enabled ? at : null;
  },
  zone,
  attemptsMax: limits.attemptsMax,
  payload: async (date, database) => {
    const setting = await readAutomaticDays(database);
    return { upTo: setting.date === 'yesterday' ? addDays(date, -1) : date };
  },
});
