export { jobHandlers, schedules } from './jobs.ts';
export { migrations } from './migrations.ts';
export { type NewOutgoing, putOut } from './put.ts';
export { notBefore, type QuietHours } from './quiet.ts';
export { routes } from './routes.ts';
export { listTargets } from './targets.ts';
