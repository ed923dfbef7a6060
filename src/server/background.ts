import * as integration from '#integration';
import type { JobHandler } from '#jobs';
import type { Model } from '#metadata';

/** Every kind of work that the program does in the background. */
export function allJobHandlers(model: Model, home: string): JobHandler[] {
  return [...integration.jobHandlers(model, home)];
}
