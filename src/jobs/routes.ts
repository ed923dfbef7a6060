import { z } from 'zod';
import type { Database } from '#database';
import { type BaseContext, type Route, route } from '#http';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';
import { readJob } from './queue.ts';

interface Context extends BaseContext {
  database: Database;
}

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/jobs/:id',
    // Errors and results of other people's work are nobody else's, but for those who run the days.
    permission: 'signed_in',
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
      const { ownerId, id, kind, status, progress, result, error } = await readJob(ctx.database, params.id);
      const { userId, permissions } = ctx.actor!;
      if (!permissions.has('days.run') && (ownerId === null || ownerId !== userId)) {
        throw new Failure(kinds.not_found, { id });
      }
      return { id, kind, status, progress, result, error: error?.[ctx.language] ?? null };
    },
  }),
];
