export { jobHandlers } from './jobs.ts';
export { type LoadContext, type LoadInput, type LoadReport, runLoad } from './load/run.ts';
export type { LoadFigures, LoadProgress } from './load/runs.ts';
export { type MappingDocument, parseMapping, readMapping } from './mapping/read.ts';
export { migrations } from './migrations.ts';
export { findMapping } from './places.ts';
export { routes } from './routes.ts';
