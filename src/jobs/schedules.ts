import type { Database } from '#database';
import { addDays, type BusinessDate, type Clock, dateIn } from '#kernel';
import type { Schedule } from './job.ts';
import { enqueue } from './queue.ts';

/**
 * Enqueues every schedule whose time has come since its last run. Several workers may call this at once. A schedule seen for
 * the first time starts with its next time, not with one already past.
 */
export async function enqueueDueSchedules(
  database: Database,
  clock: Clock,
  schedules: readonly Schedule[],
): Promise<void> {
  for (const schedule of schedules) {
    const at = typeof schedule.at === 'string' ? schedule.at : await schedule.at(database);
    if (at === null) continue;
    const date = latestDue(at, schedule.zone, clock());
    const { rows } = await database.query<{ date: BusinessDate }>('select date from job_schedule where name = $1', [
      schedule.name,
    ]);
    if (rows[0] && rows[0].date >= date) continue;
    await database.transaction(async (tx) => {
      const { rows: advanced } = await tx.query<{ known: boolean }>(
        // The row lock lets one worker through; the others find the date already there and change nothing.
        `insert into job_schedule (name, date) values ($1, $2)
         on conflict (name) do update set date = excluded.date where job_schedule.date < excluded.date
         returning xmax <> 0 as known`,
        [schedule.name, date],
      );
      if (!advanced[0]?.known) return;
      const key = `${schedule.name} ${date}`;
      const payload = await schedule.payload(date, tx);
      await enqueue(tx, clock, { kind: schedule.kind, payload, key, attemptsMax: schedule.attemptsMax });
    });
  }
}

/** The latest local date whose time has come. */
function latestDue(at: string, zone: string, now: Date): BusinessDate {
  const today = dateIn(zone, now);
  return localTime(zone, now) >= at ? today : addDays(today, -1);
}

function localTime(zone: string, instant: Date): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return format.format(instant);
}
