import type { JobContext, JobHandler } from '#jobs';
import { systemActor } from '#kernel';
import type { Model } from '#metadata';
import { eventJobs } from './events/jobs.ts';
import { runLoad } from './load/run.ts';
import { findMapping, resolveFolder } from './places.ts';

export const LOAD_JOB = 'load';

/** Everything needed to do a load that somebody asked for in the browser. */
export interface LoadJob {
  run: string;
  mapping: string;
  folder: string;
  date: string | null;
  actor: { userId: string | null; username: string; language: 'zh' | 'en' };
}

/** Work that this room does in the background. */
export function jobHandlers(model: Model, home: string): JobHandler[] {
  const load: JobHandler<LoadJob> = {
    kind: LOAD_JOB,
    label: { zh: '装载文件', en: 'Load files' },
    timeoutMs: 12 * 3_600_000,
    async run(ctx: JobContext, job) {
      const { run, figures, rejected, milliseconds } = await runLoad(
        { database: ctx.database, clock: ctx.clock, model, actor: { ...systemActor, ...job.actor } },
        {
          document: findMapping(home, job.mapping, 'code'),
          folder: resolveFolder(home, job.folder),
          date: job.date ?? undefined,
          home,
          language: job.actor.language,
          run: job.run,
          signal: ctx.signal,
          onProgress: (progress) => ctx.progress(progress),
        },
      );
      return { run, rejected, milliseconds, rows: figures.reduce((sum, { read }) => sum + read, 0) };
    },
  };
  return [load as JobHandler, ...eventJobs];
}
