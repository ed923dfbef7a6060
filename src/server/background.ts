import * as integration from '#integration';
import type { JobHandler } from '#jobs';
import type { Model } from '#metadata';
import * as rules from '#rules';

/** Every kind of work that the program does in the background. */
export function allJobHandlers(model: Model, home: string): JobHandler[] {
  return [...rules.jobHandlers(model), ...integration.jobHandlers(model, home)];
}
