export type { Job, JobContext, JobError, JobHandler, Schedule } from './job.ts';
export { migrations } from './migrations.ts';
export { cancelJob, enqueue, isRunning, type NewJob, readJob } from './queue.ts';
export { routes } from './routes.ts';
export { runDueJobs, startWorker, type Worker, type WorkerOptions } from './worker.ts';
