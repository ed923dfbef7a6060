import type { JobHandler, Schedule } from '#jobs';
import { forgetEvents } from './queue.ts';

const FORGET = 'events.forget';

export const eventJobs: JobHandler[] = [
  {
    kind: FORGET,
    label: { zh: '清理过期的事件记录', en: 'Forget old answers and versions of events' },
    timeoutMs: 3_600_000,
    run: async ({ database, clock }) => ({ rows: await forgetEvents(database, clock()) }),
  } as JobHandler,
];

export function eventSchedules(zone: string): Schedule[] {
  return [{ name: 'forget_events', kind: FORGET, at: '04:45', zone, payload: (date) => ({ date }) }];
}
