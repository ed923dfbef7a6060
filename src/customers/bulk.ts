import { z } from 'zod';
import { actIn, type Context, may, mayWrite, readInstitution } from '#access';
import { record } from '#audit';
import { type Database, sql, type Transaction } from '#database';
import { actorOfUser } from '#identity';
import { enqueue, type JobContext, type JobHandler } from '#jobs';
import { addDays, dateIn, Failure, instantAt, isDate, type Language, type Text } from '#kernel';
import type { Model } from '#metadata';
import { createRow, idsOf, updateRow } from '#records';
import { checkTag, dropTag, mustReach, putTag } from '#rules';
import { kinds } from './failures.ts';

export const BULK_JOB = 'customer_bulk';

export const limits = {
  customers: 10_000,
  /** Customers picked one by one. */
  picked: 1_000,
  /** Customers of one transaction: what is done to them is done together with the note how far the work has come. */
  chunk: 50,
  /** Customers named for each reason of refusal. */
  named: 5,
  taskDaysMax: 366,
  timeoutMs: 60 * 60_000,
};

/** What can be done to many customers at once. */
export const bulkAction = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('update'),
    values: z.record(z.string(), z.unknown()).refine((values) => Object.keys(values).length > 0, 'at least one field'),
  }),
  z.strictObject({
    kind: z.literal('task'),
    title: z.string().trim().min(1).max(120),
    script: z.string().trim().max(2000).optional(),
    priority: z.enum(['highest', 'high', 'normal', 'low']).default('normal'),
    /** The task is due at the end of this day of work. */
    dueOn: z.string().refine(isDate, 'must be a date, YYYY-MM-DD'),
    /** `owner`: each customer's own manager; `me`: who asks. */
    assignee: z.enum(['owner', 'me']).default('owner'),
  }),
  /** Tags that people set; who has it already keeps it, with the new day and reason. */
  z.strictObject({
    kind: z.literal('tag'),
    tag: z.string().max(50),
    until: z.string().refine(isDate, 'must be a date, YYYY-MM-DD').nullish(),
    reason: z.string().trim().min(2).max(500),
  }),
  z.strictObject({
    kind: z.literal('untag'),
    tag: z.string().max(50),
    reason: z.string().trim().min(2).max(500).optional(),
  }),
]);
export type BulkAction = z.output<typeof bulkAction>;

export interface BulkInput {
  action: BulkAction;
  ids?: string[] | undefined;
  question?: { filter?: string[] | undefined; q?: string | undefined } | undefined;
}

interface Stored {
  id: string;
  owner_id: string;
  action: BulkAction;
  customer_ids: string[];
  position: number;
  done: number;
  refused: Refusals;
}

type Refusals = Record<string, Text & { count: number; customers: string[] }>;

/** When tasks made in bulk are due, local time. */
const DUE_TIME = '18:00';

/**
 * Puts one act on many customers into the queue: those picked, or all that a list's question finds, of which the actor may change each.
 * Throws a Failure when he may not, when nobody fits, and for more than 10,000.
 */
export async function requestBulk(ctx: Context, input: BulkInput): Promise<{ job: string; count: number }> {
  const customer = ctx.model.entity('customer');
  const { action } = input;
  if (!mayAct(ctx, action)) throw new Failure(kinds.bulk_not_allowed);
  if (action.kind === 'task') checkDue(ctx, action.dueOn);
  if (isOfTags(action)) checkTag(ctx, action.tag, untilOf(action), 'action.until');
  const reach = action.kind === 'update' ? 'update' : 'read';
  const question = input.question ?? {};
  const found = input.ids
    ? await picked(ctx, input.ids)
    : await idsOf(ctx, customer, question, reach, limits.customers);
  if (found.length === 0) throw new Failure(kinds.bulk_nothing);
  if (found.length > limits.customers) throw new Failure(kinds.bulk_too_many, { max: limits.customers });
  return ctx.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      sql`insert into bulk_action (owner_id, action, question, customer_ids, at)
        values (${ctx.actor.userId}::bigint, ${JSON.stringify(input.action)}, ${JSON.stringify(question)}, ${found}::bigint[], ${ctx.clock()})
        returning id::text as id`,
    );
    const id = rows[0]!.id;
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'update',
      entity: 'customer',
      detail: { bulk: id, ...auditedAction(input.action), customers: found.length },
    });
    const job = await enqueue(tx, ctx.clock, {
      kind: BULK_JOB,
      payload: { id, language: ctx.language },
      ownerId: ctx.actor.userId,
    });
    return { job, count: found.length };
  });
}

function mayAct({ actor, model }: Pick<Context, 'actor' | 'model'>, action: BulkAction): boolean {
  if (isOfTags(action)) return may(actor, 'customer_tag.set');
  return action.kind === 'task'
    ? mayWrite(actor, model.entity('task'), 'create')
    : mayWrite(actor, model.entity('customer'), 'update');
}

type TagAction = Extract<BulkAction, { kind: 'tag' | 'untag' }>;
const isOfTags = (action: BulkAction): action is TagAction => action.kind === 'tag' || action.kind === 'untag';
const untilOf = (action: TagAction) => (action.kind === 'tag' ? (action.until ?? null) : null);

/** What is written is in the audit of each row, sealed where it must be; here only which fields. */
function auditedAction(action: BulkAction): Record<string, unknown> {
  switch (action.kind) {
    case 'update':
      return { act: 'update', fields: Object.keys(action.values) };
    case 'task':
      return { act: 'task', title: action.title };
    default:
      return { act: action.kind, tag: action.tag, note: action.reason ?? null };
  }
}

/** Of the customers picked on the page, those that are still within reach. */
async function picked(ctx: Context, ids: readonly string[]): Promise<string[]> {
  const { rows } = await ctx.database.query<{ id: string }>(
    sql`select c.id::text as id from customer c where c.id = any(${ids}::bigint[]) order by c.id`,
  );
  return rows.map(({ id }) => id);
}

export function jobHandlers(model: Model): JobHandler[] {
  const bulk: JobHandler<{ id: string; language: Language }> = {
    kind: BULK_JOB,
    label: { zh: '批量处理客户', en: 'Act on many customers' },
    timeoutMs: limits.timeoutMs,
    run: (job, { id, language }) => runBulk(job, model, id, language),
  };
  return [bulk as JobHandler];
}

async function runBulk(job: JobContext, model: Model, id: string, language: Language): Promise<unknown> {
  for (;;) {
    job.signal.throwIfAborted();
    const state = await job.database.transaction((tx) => runChunk(job, model, tx, id, language));
    const total = state.customer_ids.length;
    job.progress({ done: state.position, total });
    if (state.position >= total) return { total, done: state.done, refused: state.refused };
  }
}

/** The next customers, as the person who asked, each by itself: what is refused for one does not hold up the others. */
async function runChunk(
  job: JobContext,
  model: Model,
  tx: Transaction,
  id: string,
  language: Language,
): Promise<Stored> {
  const { rows } = await tx.query<Stored>(
    sql`select id::text as id, owner_id::text as owner_id, action, customer_ids::text[] as customer_ids, position, done, refused
      from bulk_action where id = ${id}::bigint for update`,
  );
  const state = rows[0]!;
  const ids = state.customer_ids.slice(state.position, state.position + limits.chunk);
  if (ids.length === 0) return state;
  const actor = await actorOfUser(tx, model, job.clock(), state.owner_id);
  if (!actor) throw new Failure(kinds.bulk_rights_gone);
  const institution = await readInstitution(tx);
  const next: Stored = { ...state, position: state.position + ids.length, refused: { ...state.refused } };
  await actIn(tx, model, actor, { session: null, address: '', request: `bulk ${id}` });
  const database = within(job.database, tx);
  const ctx: Context = {
    database,
    about: () => database,
    clock: job.clock,
    model,
    actor,
    language,
    address: '',
    institution,
  };
  const each = async (customers: readonly string[], run: (customerId: string) => Promise<void>): Promise<string[]> => {
    const done: string[] = [];
    for (const customerId of customers) {
      try {
        await run(customerId);
        done.push(customerId);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        noteRefusal(next.refused, error, customerId);
      }
    }
    return done;
  };
  const { action } = state;
  if (isOfTags(action)) {
    if (!mayAct(ctx, action)) throw new Failure(kinds.bulk_rights_gone);
    // Memberships are nobody's rows: whom the actor reaches is asked as the actor, the tag is written as the owner.
    const reached = await each(ids, (customerId) => mustReach(ctx, customerId));
    await tx.query('reset role');
    next.done += (await each(reached, (customerId) => actOnTag(ctx, tx, action, customerId))).length;
  } else {
    next.done += (await each(ids, (customerId) => act(ctx, action, customerId))).length;
    await tx.query('reset role');
  }
  await tx.query(
    sql`update bulk_action set position = ${next.position}, done = ${next.done}, refused = ${JSON.stringify(next.refused)}
      where id = ${id}::bigint`,
  );
  return next;
}

function noteRefusal(refused: Refusals, failure: Failure, customerId: string): void {
  const known = refused[failure.kind.code];
  refused[failure.kind.code] = {
    zh: failure.text('zh'),
    en: failure.text('en'),
    count: (known?.count ?? 0) + 1,
    customers: [...(known?.customers ?? []), customerId].slice(0, limits.named),
  };
}

async function actOnTag(ctx: Context, tx: Transaction, action: TagAction, customerId: string): Promise<void> {
  if (action.kind === 'untag') await dropTag(ctx, tx, customerId, action.tag, action.reason);
  else await putTag(ctx, tx, customerId, action.tag, { until: untilOf(action), reason: action.reason });
}

async function act(ctx: Context, action: Exclude<BulkAction, TagAction>, customerId: string): Promise<void> {
  const { rows } = await ctx.database.query<{ version: number; owner_id: string | null }>(
    sql`select c.version, c.owner_id::text as owner_id from customer c where c.id = ${customerId}::bigint`,
  );
  const found = rows[0];
  if (!found) throw new Failure(kinds.not_found);
  if (action.kind === 'update') {
    await updateRow(ctx, ctx.model.entity('customer'), customerId, {
      ...action.values,
      version: Number(found.version),
    });
    return;
  }
  const assignee = action.assignee === 'owner' ? (found.owner_id ?? ctx.actor.userId) : ctx.actor.userId;
  await createRow(ctx, ctx.model.entity('task'), {
    customer: customerId,
    title: action.title,
    ...(action.script ? { script: action.script } : {}),
    priority: action.priority,
    assignee,
    due_at: instantAt(ctx.institution.zone, action.dueOn, DUE_TIME).toISOString(),
  });
}

/** A transaction as the database of a context: what asks for a transaction of its own gets a part of this one that fails by itself. */
function within(database: Database, tx: Transaction): Database {
  let depth = 0;
  return {
    ...database,
    query: tx.query.bind(tx) as Database['query'],
    async transaction(run) {
      depth += 1;
      const name = `part_${depth}`;
      await tx.query(`savepoint ${name}`);
      try {
        const result = await run(tx);
        await tx.query(`release savepoint ${name}`);
        return result;
      } catch (error) {
        await tx.query(`rollback to savepoint ${name}`);
        throw error;
      } finally {
        depth -= 1;
      }
    },
  };
}

/** Refuses days that are over or too far ahead for a task. */
function checkDue(ctx: Context, dueOn: string): void {
  const today = dateIn(ctx.institution.zone, ctx.clock());
  if (dueOn < today || dueOn > addDays(today, limits.taskDaysMax)) {
    throw new Failure(kinds.bulk_due, { from: today, to: addDays(today, limits.taskDaysMax) }, 'action.dueOn');
  }
}
