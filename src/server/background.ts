import * as customers from '#customers';
import * as disclosure from '#disclosure';
import * as integration from '#integration';
import type { JobHandler, Schedule } from '#jobs';
import type { Model } from '#metadata';
import * as records from '#records';
import * as rules from '#rules';

/** Every kind of work that the program does in the background. */
export function allJobHandlers(model: Model, home: string): JobHandler[] {
  return [
    ...records.jobHandlers(model),
    ...rules.jobHandlers(model),
    ...customers.jobHandlers(model),
    ...integration.jobHandlers(model, home),
    ...disclosure.jobHandlers(model, home),
  ];
}

/** What the program does by itself every day, at times of the institution's zone. */
export function allSchedules(zone: string): Schedule[] {
  return [...records.schedules(zone), ...integration.schedules(zone)];
}
