export { jobHandlers, schedules } from './jobs.ts';
export { migrations } from './migrations.ts';
export { type Level, type NewNotification, notify, notifyHolders } from './notify.ts';
export { routes } from './routes.ts';
