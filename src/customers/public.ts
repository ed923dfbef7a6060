import { jobHandlers as bulkHandlers } from './bulk.ts';
import { identityRoutes } from './identity-routes.ts';
import { identityHandlers } from './jobs.ts';
import { routes as customerRoutes } from './routes.ts';

export { enqueueDetection } from './cases.ts';
export { createIdentifier, followIdentities, type Identifier } from './identify.ts';
export { schedules } from './jobs.ts';
export { migrations } from './migrations.ts';
export { blockStatements, EVER, profileStatement, readProfile } from './profile.ts';
export { qualityDescriptions, writtenQuality } from './quality.ts';

/** Work that this room does in the background. */
export const jobHandlers = (model: Parameters<typeof bulkHandlers>[0]) => [
  ...bulkHandlers(model),
  ...identityHandlers(model),
];

export const routes = [...customerRoutes, ...identityRoutes];
