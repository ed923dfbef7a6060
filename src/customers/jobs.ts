import type { JobHandler, Schedule } from '#jobs';
import type { Model } from '#metadata';
import { DETECT_JOB, detectionHandler } from './cases.ts';
import { mergeHandler, undoHandler } from './merge.ts';

/** Finding customers who may be one, merging and parting them. */
export function identityHandlers(model: Model): JobHandler[] {
  return [detectionHandler(model), mergeHandler(model), undoHandler(model)];
}

/** Every night: customers whom people wrote are looked at as well as loaded ones. */
export function schedules(zone: string): Schedule[] {
  return [{ name: 'identity', kind: DETECT_JOB, at: '02:40', zone, payload: () => ({}) }];
}
