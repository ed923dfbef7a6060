import { readInstitution } from '#access';
import type { JobContext, JobHandler, Schedule } from '#jobs';
import { type BusinessDate, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { automaticSchedule, catchUpHandler } from './automatic-days.ts';
import { RANGE_DAYS_MAX, runBusinessDays } from './business-day.ts';
import { handRunHandler } from './hand-runs.ts';
import { openDayHandler, openingSchedule } from './open-day.ts';
import { publishHandler } from './publish-job.ts';
import { recordRulesHandler } from './record-rules.ts';
import { rehearsalHandler } from './rehearsals.ts';
import { heartbeatHandler, heartbeatSchedule } from './rule-health.ts';
import { releaseHandler } from './waiting-routes.ts';

export const DAYS_JOB = 'business_days';

/** Business dates that somebody asked for in the browser. */
export interface DaysJob {
  from: BusinessDate;
  to: BusinessDate;
  actor: { userId: string | null; username: string };
}

/** Minutes that a day may take at most, for the time limit of a whole range. */
const DAY_MINUTES_MAX = 2;

/** Work that this room does in the background. */
export function jobHandlers(model: Model): JobHandler[] {
  const days: JobHandler<DaysJob> = {
    kind: DAYS_JOB,
    label: { zh: '业务日处理', en: 'Business days' },
    timeoutMs: RANGE_DAYS_MAX * DAY_MINUTES_MAX * 60_000,
    async run(ctx: JobContext, { from, to, actor }) {
      const { database, clock, signal } = ctx;
      const institution = await readInstitution(database);
      const results = await runBusinessDays(
        { database, clock, model, institution, actor: { ...systemActor, ...actor } },
        from,
        to,
        { signal, done: ({ date }, { done, total }) => ctx.progress({ date, done, total }) },
      );
      return { days: results.length, tasks: results.reduce((sum, { counts }) => sum + counts.tasks, 0) };
    },
  };
  return [
    days as JobHandler,
    publishHandler(model) as JobHandler,
    catchUpHandler(model) as JobHandler,
    openDayHandler(model) as JobHandler,
    handRunHandler(model) as JobHandler,
    rehearsalHandler(model) as JobHandler,
    heartbeatHandler(model) as JobHandler,
    releaseHandler(model) as JobHandler,
    recordRulesHandler(model) as JobHandler,
  ];
}

/** What this room does by itself every day. */
export const schedules = (zone: string): Schedule[] => [
  openingSchedule(zone),
  automaticSchedule(zone),
  heartbeatSchedule(zone),
];
