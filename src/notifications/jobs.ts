import type { JobHandler, Schedule } from '#jobs';

const KEPT_DAYS = 180;
const PRUNE_JOB = 'notifications.prune';

/** Takes away what is older than 180 days, read or not: what it told of stands in its alert, task or case. */
export const jobHandlers: JobHandler[] = [
  {
    kind: PRUNE_JOB,
    label: { zh: '清理旧通知', en: 'Clear old notifications' },
    run: async ({ database, clock }) => {
      const { rowCount } = await database.query(
        'delete from notification where at < $1::timestamptz - make_interval(days => $2)',
        [clock().toISOString(), KEPT_DAYS],
      );
      return { deleted: rowCount };
    },
  },
];

export const schedules = (zone: string): Schedule[] => [
  { name: 'notifications', kind: PRUNE_JOB, at: '03:20', zone, payload: () => ({}) },
];
