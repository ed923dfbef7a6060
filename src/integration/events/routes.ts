import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '#access';
import { type Route, route } from '#http';
import { dateIn, type Language } from '#kernel';
import { bodyShape, limits as itemLimits } from './item.ts';
import type { AnswerItem, EventQueue } from './queue.ts';
import { STATUSES } from './write.ts';

/** What the routes of events work with besides what all routes have. */
export interface EventContext extends Context {
  /** Of this process; writes as the owner. */
  events: EventQueue;
}

const limits = { rowsDefault: 50, rowsMax: 200, droppedMax: 1_000, sourcesMax: 200 };

const named = z.object({ code: z.string(), label: z.object({ zh: z.string(), en: z.string() }) });
const id = z.string().regex(/^[1-9]\d{0,18}$/);
const counts = z.object(
  Object.fromEntries(STATUSES.map((status) => [status, z.number()])) as Record<(typeof STATUSES)[number], z.ZodNumber>,
);

/** Live facts from the bank's systems, and what operators need to see of them. */
export const eventRoutes: Route<Context>[] = [
  route({
    method: 'POST',
    path: '/api/events',
    permission: 'events.write',
    summary: { zh: '接收实时事实', en: 'Take in live facts' },
    tag: 'events',
    query: z.strictObject({ hold: z.stringbool().default(false) }),
    headers: z.looseObject({ 'idempotency-key': z.string().min(1).max(255).optional() }),
    body: bodyShape,
    bodyBytesMax: itemLimits.bodyBytesMax,
    output: z.object({
      counts,
      results: z.array(
        z.object({
          id: z.string().nullable(),
          status: z.enum(STATUSES),
          error: z.object({ code: z.string(), message: z.string(), field: z.string().optional() }).optional(),
        }),
      ),
    }),
    handler: async (ctx: EventContext, { query, headers, body }) => {
      const key = headers['idempotency-key'] ?? null;
      const sha256 =
        key === null
          ? ''
          : createHash('sha256')
              .update(JSON.stringify([query.hold, body]))
              .digest('hex');
      const items = await ctx.events.submit({ actor: ctx.actor, body, hold: query.hold, key, sha256 });
      return {
        counts: Object.fromEntries(
          STATUSES.map((each) => [each, items.filter(({ status }) => status === each).length]),
        ),
        results: items.map((item) => resultOf(item, ctx.language)),
      };
    },
  }) as Route<Context>,
  route({
    method: 'GET',
    path: '/api/event-sources',
    permission: 'loads.read',
    summary: { zh: '事件来源与当日情况', en: 'Sources of events and their day so far' },
    tag: 'events',
    output: z.object({
      date: z.string(),
      queued: z.number(),
      sources: z.array(
        z.object({
          source: z.string(),
          senders: z.array(z.string()),
          lastAt: z.string(),
          today: counts,
          heldNow: z.number(),
          reasons: z.array(
            z.object({ code: z.string(), count: z.number(), lastId: z.string().nullable(), message: z.string() }),
          ),
        }),
      ),
    }),
    handler: async (ctx: EventContext) => readSources(ctx),
  }) as Route<Context>,
  route({
    method: 'GET',
    path: '/api/held-events',
    permission: 'loads.read',
    summary: { zh: '暂存的事件', en: 'Events that are held' },
    tag: 'events',
    query: z.strictObject({
      source: z.string().max(itemLimits.sourceLengthMax).optional(),
      limit: z.coerce.number().int().min(1).max(limits.rowsMax).default(limits.rowsDefault),
      cursor: id.optional(),
    }),
    output: z.object({
      rows: z.array(
        z.object({
          id: z.string(),
          source: z.string(),
          type: named,
          event: z.string(),
          missing: z.object({ entity: named, source: z.string(), key: z.string().nullable() }),
          sender: z.string(),
          heldAt: z.string(),
        }),
      ),
      next: z.string().nullable(),
    }),
    handler: async (ctx: EventContext, { query: { source, limit, cursor } }) => {
      const { rows } = await ctx.database.query<HeldRow>(
        `select id, source, type, event_id as event, actor as sender, held_at as "heldAt",
                jsonb_build_object('entity', missing_entity, 'source', missing_source, 'key', missing_key) as missing
           from event_hold where ($1::text is null or source = $1) and id > $2::bigint order by id limit $3`,
        [source ?? null, cursor ?? '0', limit + 1],
      );
      const name = (code: string) => ({
        code,
        label: ctx.model.entities.find((each) => each.code === code)?.label ?? { zh: code, en: code },
      });
      const shown = rows.slice(0, limit).map(({ type, missing, ...row }) => ({
        ...row,
        type: name(type),
        missing: { ...missing, entity: name(missing.entity) },
      }));
      return { rows: shown, next: rows.length > limit ? shown.at(-1)!.id : null };
    },
  }) as Route<Context>,
  route({
    method: 'POST',
    path: '/api/held-events/retry',
    permission: 'loads.run',
    summary: { zh: '重试已具备条件的暂存事件', en: 'Take up held events whose rows have come' },
    tag: 'events',
    output: z.object({ released: z.number() }),
    handler: async (ctx: EventContext) => ({ released: await ctx.events.retryHeld() }),
  }) as Route<Context>,
  route({
    method: 'POST',
    path: '/api/held-events/drop',
    permission: 'loads.run',
    summary: { zh: '丢弃暂存的事件', en: 'Drop held events' },
    tag: 'events',
    body: z.strictObject({ ids: z.array(id).min(1).max(limits.droppedMax) }),
    output: z.object({ dropped: z.number() }),
    handler: async (ctx: EventContext, { body: { ids } }) => ({ dropped: await ctx.events.dropHeld(ctx.actor, ids) }),
  }) as Route<Context>,
];

function resultOf({ id, status, error }: AnswerItem, language: Language) {
  if (!error) return { id, status };
  const { code, field } = error;
  return { id, status, error: { code, message: error[language], ...(field === undefined ? {} : { field }) } };
}

interface HeldRow {
  id: string;
  type: string;
  missing: { entity: string; source: string; key: string | null };
}

interface SourceRow {
  source: string;
  senders: string[];
  lastAt: string;
  today: Record<string, number>;
  heldNow: number;
  reasons: { code: string; count: number; lastId: string | null; zh: string; en: string }[];
}

async function readSources(ctx: EventContext) {
  const date = dateIn(ctx.institution.zone, ctx.clock());
  const sums = STATUSES.map((status) => `'${status}', coalesce(sum(${status}) filter (where today), 0)`).join(', ');
  const { rows } = await ctx.database.query<SourceRow>(
    `with figure as (select f.*, (f.minute at time zone $1)::date = $2::date as today from event_figure f),
      reason as (
        select f.source, r.key as code, sum((r.value->>'count')::bigint) as count,
               (array_agg(r.value order by f.minute desc))[1] as last
          from figure f cross join lateral jsonb_each(f.reasons) r where f.today group by f.source, r.key)
     select f.source, jsonb_agg(distinct f.actor) as senders, max(f.last_at) as "lastAt", jsonb_build_object(${sums}) as today,
            (select count(*)::integer from event_hold h where h.source = f.source) as "heldNow",
            coalesce((select jsonb_agg(jsonb_build_object('code', r.code, 'count', r.count, 'lastId', r.last->>'id',
              'zh', r.last->>'zh', 'en', r.last->>'en') order by r.count desc) from reason r where r.source = f.source), '[]') as reasons
       from figure f group by f.source order by max(f.last_at) desc limit ${limits.sourcesMax}`,
    [ctx.institution.zone, date],
  );
  const sources = rows.map(({ reasons, ...row }) => ({
    ...row,
    reasons: reasons.map(({ zh, en, ...reason }) => ({ ...reason, message: { zh, en }[ctx.language] })),
  }));
  return { date, queued: ctx.events.depth, sources };
}
