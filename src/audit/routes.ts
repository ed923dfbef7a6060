import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Database, Queryable } from '#database';
import { attachment, type BaseContext, type Route, route } from '#http';
import { type Actor, type Clock, Failure } from '#kernel';
import { exportLines } from './export.ts';
import { kinds } from './failures.ts';
import type { AuditFilter } from './filter.ts';
import type { RootKeeper } from './keeper.ts';
import { auditActions, record } from './record.ts';
import { type EventRow, proveEvent, readEvent, searchEvents, type WholeEvent } from './search.ts';

const limits = {
  rowsDefault: 50,
  rowsMax: 200,
  /** Larger exports are the command's: `tongguan audit export`. */
  exportEventsMax: 20_000,
};

interface Context extends BaseContext {
  database: Database;
  clock: Clock;
  actor: Actor;
  roots: RootKeeper;
}

/** A change as a reader sees it; values as text, references with their label. */
export interface SeenChange {
  field: string;
  before: unknown;
  after: unknown;
  view: 'clear' | 'masked' | 'hidden';
}

/** What a reader may see of an event's detail. */
export interface SeenDetail {
  changes: SeenChange[];
  other: Record<string, unknown>;
}

/** What the rooms above know about rows and their readers. */
export interface AuditReading<C> {
  detail(ctx: C, db: Queryable, event: Pick<WholeEvent, 'action' | 'entity' | 'detail'>): Promise<SeenDetail>;
  /** Customers' names by id, as the reader may see them; without those out of his reach. */
  customers(ctx: C, db: Queryable, ids: readonly string[]): Promise<Map<string, string>>;
}

const id = z.string().regex(/^[1-9]\d{0,18}$/);
const filter = {
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  actor: z.string().trim().min(1).max(60).optional(),
  entity: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,49}$/)
    .optional(),
  record: id.optional(),
  customer: id.optional(),
  decision: z.enum(['allowed', 'denied']).optional(),
};
const actions = z.enum(auditActions);
const text = z.string().nullable();

const eventRow = z.object({
  id: z.string(),
  at: z.string(),
  actorId: text,
  actor: z.string(),
  action: z.string(),
  entity: text,
  recordId: text,
  customer: z.object({ id: z.string(), label: text }).nullable(),
  decision: z.enum(['allowed', 'denied']),
  purpose: text,
  rule: text,
  address: text,
  onBehalf: z.array(z.string()),
  changed: z.array(z.string()),
});

const wholeEvent = eventRow.extend({
  retention: z.string(),
  shard: z.int(),
  seq: z.string(),
  hash: z.string(),
  session: text,
  request: text,
  proof: z.object({ state: z.enum(['proved', 'linked', 'broken', 'unknown']), root: z.int().nullable() }),
  changes: z.array(
    z.object({
      field: z.string(),
      before: z.unknown(),
      after: z.unknown(),
      view: z.enum(['clear', 'masked', 'hidden']),
    }),
  ),
  other: z.record(z.string(), z.unknown()),
});

interface FilterInput {
  from?: string | undefined;
  to?: string | undefined;
  actor?: string | undefined;
  action?: readonly string[] | undefined;
  entity?: string | undefined;
  record?: string | undefined;
  customer?: string | undefined;
  decision?: 'allowed' | 'denied' | undefined;
}

function filterOf({ from, to, ...rest }: FilterInput): AuditFilter {
  const instant = (value: string | undefined) => (value === undefined ? undefined : new Date(value));
  const wanted = { ...rest, from: instant(from), to: instant(to) };
  if (wanted.from && wanted.to && wanted.from > wanted.to) throw new Failure(kinds.range_invalid, {}, 'to');
  return wanted;
}

/** Search, one event with its proof, signed exports, and where the roots stand. Every reading is an event itself. */
export function routes<C>(reading: AuditReading<C>): Route<Context>[] {
  const shown = (ctx: Context) => ctx as unknown as C;
  const withCustomers = async (ctx: Context, db: Queryable, rows: readonly EventRow[]) => {
    const ids = [...new Set(rows.flatMap(({ customerId }) => customerId ?? []))];
    const labels = ids.length > 0 ? await reading.customers(shown(ctx), db, ids) : new Map<string, string>();
    return rows.map(({ customerId, ...row }) => ({
      ...row,
      customer: customerId === null ? null : { id: customerId, label: labels.get(customerId) ?? null },
    }));
  };
  return [
    route({
      method: 'GET',
      path: '/api/audit-events',
      permission: 'audit.read',
      summary: { zh: '审计记录，最新在前', en: 'Audit events, newest first' },
      tag: 'audit',
      query: z.strictObject({
        ...filter,
        action: z
          .string()
          .transform((value) => value.split(','))
          .pipe(z.array(actions).max(auditActions.length))
          .optional(),
        limit: z.coerce.number().int().min(1).max(limits.rowsMax).default(limits.rowsDefault),
        cursor: id.optional(),
      }),
      output: z.object({ rows: z.array(eventRow), next: z.string().nullable() }),
      handler: async (ctx: Context, { query: { limit, cursor, ...asked } }) =>
        ctx.database.transaction(async (tx) => {
          const rows = await searchEvents(tx, filterOf(asked), { cursor, limit: limit + 1 });
          const page = rows.slice(0, limit);
          await record(tx, {
            at: ctx.clock(),
            actor: ctx.actor,
            action: 'search',
            entity: 'audit_event',
            customerId: asked.customer,
            detail: { ...asked, rows: page.length },
          });
          return {
            rows: await withCustomers(ctx, tx, page),
            next: rows.length > limit ? page.at(-1)!.id : null,
          };
        }),
    }),
    route({
      method: 'GET',
      path: '/api/audit-events/:id',
      permission: 'audit.read',
      summary: {
        zh: '一条审计记录：变更前后、来源、在链中的位置及其验证',
        en: 'One audit event: before and after, origin, its place in the chain and the proof of it',
      },
      tag: 'audit',
      params: z.strictObject({ id }),
      output: wholeEvent,
      handler: async (ctx: Context, { params }) =>
        ctx.database.transaction(async (tx) => {
          const event = await readEvent(tx, params.id);
          const proof = await proveEvent(tx, event, ctx.roots.trusted());
          const { detail, ...row } = event;
          const seen = await reading.detail(shown(ctx), tx, event);
          await record(tx, {
            at: ctx.clock(),
            actor: ctx.actor,
            action: 'view',
            entity: 'audit_event',
            recordId: event.id,
            customerId: event.customerId ?? undefined,
          });
          const [told] = await withCustomers(ctx, tx, [row]);
          return { ...told, proof, ...seen };
        }),
    }),
    route({
      method: 'POST',
      path: '/api/audit-exports',
      permission: 'audit.export',
      summary: {
        zh: '导出可离线核验的签名审计文件；明细按读者权限脱敏，由哈希证明',
        en: 'A signed file of audit events that can be verified offline; details as the reader may see them, proved by hash',
      },
      tag: 'audit',
      body: z.strictObject({ ...filter, action: z.array(actions).max(auditActions.length).optional() }),
      output: z.string(),
      handler: async (ctx: Context, { body }) => {
        await ctx.roots.keep();
        const { file, sha256, events } = await ctx.database.transaction(async (tx) => {
          const written = await write(ctx, tx, filterOf(body), reading);
          await record(tx, {
            at: ctx.clock(),
            actor: ctx.actor,
            action: 'export',
            entity: 'audit_event',
            customerId: body.customer,
            detail: { ...body, events: written.events, sha256: written.sha256 },
          });
          return written;
        });
        const name = `audit-${ctx.clock().toISOString().slice(0, 10)}-${events}-${sha256.slice(0, 8)}.jsonl`;
        return attachment(name, 'application/octet-stream', file);
      },
    }),
    route({
      method: 'GET',
      path: '/api/audit-roots',
      permission: 'audit.read',
      summary: { zh: '签名根与见证处的状态', en: 'Where the signed roots and their witnesses stand' },
      tag: 'audit',
      output: z.object({
        newest: z.object({ number: z.int(), at: z.string(), hash: z.string() }).nullable(),
        chains: z.int(),
        events: z.string(),
        uncovered: z.string(),
        witnesses: z.array(z.object({ place: z.string(), last: z.int(), error: text })),
      }),
      handler: async (ctx: Context) => {
        const { newest, ...state } = await ctx.roots.state();
        const root = newest && {
          number: newest.number,
          at: newest.at,
          hash: createHash('sha256').update(newest.line).digest('hex'),
        };
        return { newest: root ?? null, ...state };
      },
    }),
  ];
}

async function write<C>(ctx: Context, tx: Queryable, wanted: AuditFilter, reading: AuditReading<C>) {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let last = '';
  const lines = exportLines(tx, {
    clock: ctx.clock,
    actor: ctx.actor,
    key: ctx.roots.key,
    filter: wanted,
    eventsMax: limits.exportEventsMax,
    shown: async (ids) => {
      const { rows } = await tx.query<Pick<WholeEvent, 'id' | 'action' | 'entity' | 'detail'>>(
        'select id, action, entity, detail from audit_event where id = any($1::bigint[])',
        [ids],
      );
      const seen = new Map<string, string>();
      for (const row of rows) seen.set(row.id, JSON.stringify(await reading.detail(ctx as unknown as C, tx, row)));
      return seen;
    },
  });
  for await (const line of lines) {
    last = line;
    hash.update(line);
    chunks.push(Buffer.from(line));
  }
  const { events } = JSON.parse(last) as { events: number };
  return { file: Buffer.concat(chunks), sha256: hash.digest('hex'), events };
}
