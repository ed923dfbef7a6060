import { z } from 'zod';
import { type Context, may } from '#access';
import { attachment, type Route, route } from '#http';
import { Failure } from '#kernel';
import { feedKinds, loadKinds } from '../failures.ts';
import { arrivedSets } from '../feeds/arrivals.ts';
import { type Feed, feedSchema } from '../feeds/definition.ts';
import { expectedDate, healthOf } from '../feeds/health.ts';
import { feedsFromYaml, feedsToYaml, putFeed, readFeeds, type StoredFeed } from '../feeds/store.ts';
import { currentMapping } from '../mapping/store.ts';
import { createUpload, readUpload, takePiece, uploadLimits } from './uploads.ts';

const limits = { runsShown: 14, setsShown: 10, yamlLengthMax: 200_000 };

const id = z.string().regex(/^[1-9]\d{0,18}$/);
const params = z.strictObject({ id });
const code = z.string().regex(/^[a-z][a-z0-9_-]{0,59}$/);

const uploadShape = z.object({
  id: z.string(),
  purpose: z.enum(['load', 'design']),
  createdAt: z.string(),
  createdBy: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string().nullable() })),
});

const feedShape = z.object({
  feed: feedSchema,
  version: z.number(),
  updatedAt: z.string(),
  updatedBy: z.string(),
  health: z.enum(['inactive', 'expected', 'arrived', 'loading', 'loaded', 'late', 'failed', 'quiet']),
  /** The business date that is meant, and by what local time it is due. */
  date: z.string().nullable(),
  due: z.string().nullable(),
  /** Why the feed cannot work: its mapping is wrong or gone. */
  problem: z.string().nullable(),
  arrived: z.array(z.object({ date: z.string(), files: z.array(z.string()), missing: z.array(z.string()) })),
  runs: z.array(z.object({ id: z.string(), date: z.string(), status: z.string(), at: z.string() })),
});

/** Feeds, and files that people send. */
export function gateRoutes(home: string): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/api/load-feeds',
      permission: 'loads.read',
      summary: { zh: '文件接入与今日状态', en: 'Feeds and how they stand today' },
      tag: 'loads',
      output: z.array(feedShape),
      handler: (ctx: Context) => feedsOf(ctx, home),
    }),
    route({
      method: 'GET',
      path: '/api/load-feeds.yaml',
      permission: 'loads.read',
      summary: { zh: '以文本导出文件接入', en: 'Feeds as text' },
      tag: 'loads',
      output: z.string(),
      handler: async (ctx: Context) =>
        attachment('feeds.yaml', 'application/yaml; charset=utf-8', feedsToYaml(await readFeeds(ctx.database))),
    }),
    route({
      method: 'PUT',
      path: '/api/load-feeds/:code',
      permission: 'feeds.edit',
      summary: { zh: '新建或修改文件接入', en: 'Make or change a feed' },
      tag: 'loads',
      params: z.strictObject({ code }),
      body: z.strictObject({ feed: feedSchema, version: z.int().min(0) }),
      output: feedShape,
      handler: async (ctx: Context, { params: { code: named }, body }) => {
        await putFeeds(ctx, home, [{ feed: { ...body.feed, code: named }, version: body.version }]);
        return (await feedsOf(ctx, home)).find(({ feed }) => feed.code === named);
      },
    }),
    route({
      method: 'POST',
      path: '/api/load-feeds/import',
      permission: 'feeds.edit',
      summary: { zh: '从文本导入文件接入', en: 'Bring feeds in from text' },
      tag: 'loads',
      body: z.strictObject({ yaml: z.string().min(1).max(limits.yamlLengthMax) }),
      output: z.array(feedShape),
      handler: async (ctx: Context, { body }) => {
        const known = new Map((await readFeeds(ctx.database)).map((feed) => [feed.code, feed.version]));
        const feeds = feedsFromYaml(body.yaml);
        await putFeeds(
          ctx,
          home,
          feeds.map((feed) => ({ feed, version: known.get(feed.code) ?? 0 })),
        );
        return feedsOf(ctx, home);
      },
    }),
    route({
      method: 'POST',
      path: '/api/load-uploads',
      permission: 'loads.upload',
      summary: { zh: '开始上传文件', en: 'Begin to send files' },
      tag: 'loads',
      status: 201,
      body: z.strictObject({ purpose: z.enum(['load', 'design']).default('load') }),
      output: uploadShape,
      handler: async (ctx: Context, { body }) => {
        const { database, actor } = ctx;
        if (body.purpose === 'design' && !may(actor, 'mappings.edit')) throw new Failure(loadKinds.design_forbidden);
        return readUpload(database, actor, await createUpload(database, { ...ctx, home }, body.purpose));
      },
    }),
    route({
      method: 'GET',
      path: '/api/load-uploads/:id',
      permission: 'loads.upload',
      summary: { zh: '上传的进度', en: 'How far an upload is' },
      tag: 'loads',
      params,
      output: uploadShape,
      handler: (ctx: Context, { params: { id: upload } }) => readUpload(ctx.database, ctx.actor, upload),
    }),
    route({
      method: 'PUT',
      path: '/api/load-uploads/:id/files/:name',
      permission: 'loads.upload',
      summary: {
        zh: '上传一个文件的一段（application/octet-stream，每段至多 32 MiB）',
        en: 'Send a piece of a file (application/octet-stream, at most 32 MiB each)',
      },
      tag: 'loads',
      params: z.strictObject({ id, name: z.string().min(1).max(uploadLimits.nameLengthMax) }),
      query: z.strictObject({
        offset: z.coerce.number().int().min(0).default(0),
        size: z.coerce.number().int().min(0).max(uploadLimits.fileBytesMax),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
      }),
      stream: true,
      output: z.object({ name: z.string(), bytes: z.number(), sha256: z.string().nullable() }),
      handler: async (ctx: Context, { params: { id: upload, name }, query, stream }) =>
        takePiece({ ...ctx, home }, await readUpload(ctx.database, ctx.actor, upload), { name, ...query }, stream),
    }),
  ];
}

async function putFeeds(ctx: Context, home: string, changes: { feed: Feed; version: number }[]): Promise<void> {
  const others = (await readFeeds(ctx.database)).filter(
    ({ code: known }) => !changes.some(({ feed }) => feed.code === known),
  );
  const taken = new Map(others.map((feed) => [feed.folder ?? feed.code, feed.code]));
  for (const { feed } of changes) {
    const { document } = await currentMapping(ctx.database, home, feed.mapping);
    const folder = feed.folder ?? feed.code;
    const other = taken.get(folder);
    if (other !== undefined) throw new Failure(feedKinds.folder_taken, { folder, other }, 'feed.folder');
    taken.set(folder, feed.code);
    const paths = Object.values(document.mapping.files ?? {}).flatMap(({ path }) => path);
    if (feed.dates === 'name' && !paths.some((path) => path.includes('{date'))) {
      throw new Failure(feedKinds.undated, { mapping: feed.mapping, place: '{date}' }, 'feed.dates');
    }
  }
  await ctx.database.transaction(async (tx) => {
    for (const { feed, version } of changes) await putFeed(tx, ctx, feed, version);
  });
}

async function feedsOf(ctx: Context, home: string): Promise<z.infer<typeof feedShape>[]> {
  const { rows } = await ctx.database.query<{ feed: string; id: string; date: string; status: string; at: string }>(
    `select f.code as feed, r.id, r.business_date as date, r.status, r.created_at as at
       from load_feed f cross join lateral (
         select id, business_date, status, created_at from load_run
          where feed = f.code and not dry order by id desc limit $1) r`,
    [limits.runsShown],
  );
  const feeds = await readFeeds(ctx.database);
  return Promise.all(
    feeds.map((feed) =>
      describe(
        ctx,
        home,
        feed,
        rows.filter((row) => row.feed === feed.code),
      ),
    ),
  );
}

async function describe(
  { database, model, institution, clock, language }: Context,
  home: string,
  { version, updatedAt, updatedBy, ...feed }: StoredFeed,
  runs: { id: string; date: string; status: string; at: string }[],
): Promise<z.infer<typeof feedShape>> {
  const now = clock();
  let problem: string | null = null;
  let arrived: z.infer<typeof feedShape>['arrived'] = [];
  try {
    const { document } = await currentMapping(database, home, feed.mapping);
    const sets = await arrivedSets(home, feed, document.mapping, expectedDate(model, institution, feed, now));
    arrived = sets.slice(0, limits.setsShown).map(({ date, files, missing }) => ({ date, files, missing }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    problem = error.text(language);
  }
  const health = healthOf(model, institution, feed, now, { runs, arrived: arrived.length > 0 });
  const shown = runs.map(({ id: run, date, status, at }) => ({ id: run, date, status, at }));
  return { feed, version, updatedAt, updatedBy, ...health, problem, arrived, runs: shown };
}
