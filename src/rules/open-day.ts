import { readInstitution } from '#access';
import type { Queryable } from '#database';
import type { JobHandler, Schedule } from '#jobs';
import { addDays, type BusinessDate, Failure, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { runBusinessDay } from './business-day.ts';
import { kinds } from './failures.ts';

// A business date is opened when its first fact comes live, or shortly after midnight where facts came live the day before: balances,
// metrics, tiers and tags are carried to it, so that rules see its facts at once. It is run like any other day when it is over.

export const OPEN_JOB = 'business_days.open';

export interface OpenJob {
  date: BusinessDate;
}

const limits = { waitMs: 1_000, timeoutMs: 3_600_000 };

/** Local time at which the day that begins is opened. */
const OPENED_AT = '00:05';

export const openDayHandler = (model: Model): JobHandler<OpenJob> => ({
  kind: OPEN_JOB,
  label: { zh: '开启业务日', en: 'Open a business date' },
  timeoutMs: limits.timeoutMs,
  async run({ database, clock, signal }, { date }) {
    const institution = await readInstitution(database);
    const ctx = { database, clock, model, institution, actor: systemActor };
    let passedOver: BusinessDate | undefined;
    for (;;) {
      signal.throwIfAborted();
      // Tiers and tags are states: carried past a date that nobody has looked at, they would never change on it.
      const next = await nextToOpen(database, date);
      if (next === null) return { date, opened: true };
      // The stored state is of other definitions: a whole run of its day has to come first.
      if (next === passedOver) return { date, opened: false };
      try {
        const { status } = await runBusinessDay(ctx, next, { opening: true });
        passedOver = status === 'skipped' ? next : undefined;
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== kinds.day_running) throw error;
        await new Promise((resolve) => setTimeout(resolve, limits.waitMs));
      }
    }
  },
});

/** The first date after the stored state, up to the one asked for; that one where nothing is computed yet, null when it has been passed. */
async function nextToOpen(db: Queryable, date: BusinessDate): Promise<BusinessDate | null> {
  const { rows } = await db.query<{ asOf: BusinessDate | null }>('select as_of::text as "asOf" from facts_state');
  const { asOf } = rows[0]!;
  if (asOf === null) return date;
  return asOf < date ? addDays(asOf, 1) : null;
}

export const openingSchedule = (zone: string): Schedule => ({
  name: OPEN_JOB,
  kind: OPEN_JOB,
  at: async (database) => ((await wasOpened(database)) ? OPENED_AT : null),
  zone,
  payload: (date) => ({ date }) satisfies OpenJob,
});

/** Was the day of the stored state opened for facts that come live? */
async function wasOpened(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ opened: boolean }>(
    `select exists (select from business_day d join facts_state s on s.as_of = d.date where d.status = 'open') as opened`,
  );
  return rows[0]!.opened;
}
