import { z } from 'zod';
import type { Database } from '#database';
import { type BaseContext, type Route, route } from '#http';
import { readJob } from './queue.ts';

interface Context extends BaseContext {
  database: Database;
}

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/jobs/:id',
    // Whoever is told a job's number may run days; errors and results of other people's work are nobody else's.
    permission: 'days.run',
    summary: { zh: '后台任务的状态与进度', en: 'State and progress of a background job' },
    tag: 'jobs',
    params: z.object({ id: z.string().regex(/^\d{1,18}$/) }),
    output: z.object({
      id: z.string(),
      kind: z.string(),
      status: z.enum(['queued', 'running', 'done', 'failed']),
      progress: z.unknown(),
      result: z.unknown(),
      error: z.string().nullable(),
    }),
    handler: async (ctx: Context, { params }) => {
      const { id, kind, status, progress, result, error } = await readJob(ctx.database, params.id);
      return { id, kind, status, progress, result, error: error?.[ctx.language] ?? null };
    },
  }),
];
