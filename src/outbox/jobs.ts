import type { JobHandler, Schedule } from '#jobs';
import { deliverHandler, TIDY_JOB, tidyHandler } from './deliver.ts';

export const jobHandlers: JobHandler[] = [deliverHandler as JobHandler, tidyHandler as JobHandler];

export const schedules = (zone: string): Schedule[] => [
  { name: 'outbox', kind: TIDY_JOB, at: '03:50', zone, payload: () => ({}) },
];
