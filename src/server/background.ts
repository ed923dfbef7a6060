import * as customers from '#customers';
import * as disclosure from '#disclosure';
import * as integration from '#integration';
import type { JobHandler, Schedule } from '#jobs';
import { type Model, modelInForce } from '#metadata';
import * as notifications from '#notifications';
import * as outbox from '#outbox';
import * as process from '#process';
import * as records from '#records';
import * as rules from '#rules';

/** Every kind of work that the program does in the background; each piece of it keeps the model that was in force when it began. */
export function allJobHandlers(model: Model, home: string): JobHandler[] {
  return handlersOf(model, home).map((handler) => ({
    ...handler,
    run: (ctx, payload) => {
      const now = modelInForce(model);
      const current = now === model ? handler : handlersOf(now, home).find(({ kind }) => kind === handler.kind)!;
      return current.run(ctx, payload);
    },
  }));
}

function handlersOf(model: Model, home: string): JobHandler[] {
  return [
    ...records.jobHandlers(model),
    ...notifications.jobHandlers,
    ...outbox.jobHandlers,
    ...rules.jobHandlers(model),
    ...process.jobHandlers(model),
    ...customers.jobHandlers(model),
    ...integration.jobHandlers(model, home),
    ...disclosure.jobHandlers(model, home),
  ];
}

/** What the program does by itself every day, at times of the institution's zone. */
export function allSchedules(zone: string): Schedule[] {
  return [
    ...records.schedules(zone),
    ...notifications.schedules(zone),
    ...outbox.schedules(zone),
    ...rules.schedules(zone),
    ...process.schedules(zone),
    ...customers.schedules(zone),
    ...integration.schedules(zone),
  ];
}
