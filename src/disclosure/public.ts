export { jobHandlers } from './export-job.ts';
export { migrations } from './migrations.ts';
export { routes } from './routes.ts';
