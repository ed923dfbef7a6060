export { jobHandlers, schedules, tellEscalations } from './escalations.ts';
export { recountResults } from './feedback.ts';
export { migrations } from './migrations.ts';
export { missedRoutes } from './missed.ts';
export { routes } from './routes.ts';
export { taskColumns, taskText } from './tasks.ts';
