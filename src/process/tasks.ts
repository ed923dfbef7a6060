import { type Context, fieldView, scopeCondition } from '#access';
import { record } from '#audit';
import { raw, type Sql, sql, type Transaction } from '#database';
import { type BusinessDate, dateIn, Failure, type Language } from '#kernel';
import { type EntityDefinition, type FieldDefinition, fieldOf, newId } from '#metadata';
import { insertValues, planned } from '#records';
import { kinds } from './failures.ts';

export type TaskResult = 'reached' | 'no_answer' | 'interested' | 'not_interested' | 'follow_up' | 'not_useful';

/** The texts of a task in the reader's language: rules keep both, people write one. */
export function taskText(part: 'title' | 'reason' | 'script', language: Language, alias: string): string {
  return `coalesce(${alias}.evidence->'text'->'${language}'->>'${part}', ${alias}.${part})`;
}

/** JSON columns of a task, as the reader may see it on cards and in the 360 view; `now` is the instant against which it is overdue. */
export function taskColumns(ctx: Context, alias: string, now: string): Sql {
  const row = raw(alias);
  const task = ctx.model.entity('task');
  const seen = (code: string) => fieldView(ctx.model, ctx.actor, task, fieldOf(task, code)!) === 'clear';
  const text = (part: 'title' | 'reason' | 'script') =>
    raw(`${seen(part) ? taskText(part, ctx.language, alias) : 'null::text'} as ${part}`);
  return sql`${row}.id::text as id, ${text('title')}, ${text('reason')}, ${text('script')}, ${row}.priority, ${row}.due_at as "dueAt",
    ${row}.status, ${row}.result, ${row}.business_date as "businessDate", ${row}.rule, ${raw(seen('evidence') ? `${alias}.evidence` : 'null::jsonb as evidence')}, ${row}.done_at as "doneAt",
    ${row}.snoozed_until as "snoozedUntil", ${row}.version,
    (${row}.status = 'open' and ${row}.due_at < ${now}::timestamptz) as overdue`;
}

interface TaskRow {
  id: string;
  customer_id: string;
  assignee_id: string | null;
  title: string;
  status: string;
  snoozed_until: string | null;
  /** The texts in both languages, where a rule made the task. */
  texts: Record<Language, { title?: string }> | null;
}

async function lockTask(ctx: Context, tx: Transaction, id: string): Promise<TaskRow> {
  const task = ctx.model.entity('task');
  const { rows } = await tx.query<TaskRow>(
    sql`select t.id, t.customer_id, t.assignee_id, t.title, t.status, t.snoozed_until, t.evidence->'text' as texts from task t
      where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, task, 't')} for update`,
  );
  if (!rows[0]) throw new Failure(kinds.not_found);
  return rows[0];
}

export interface ResultInput {
  result: TaskResult;
  note?: string | undefined;
  /** Date of the next contact; needed for `follow_up`. */
  nextOn?: BusinessDate | undefined;
  channel?: string | undefined;
}

/** Closes a task with its result: the conversation is recorded, a follow-up becomes the next task. */
export async function completeTask(ctx: Context, id: string, input: ResultInput): Promise<void> {
  const now = ctx.clock();
  const today = dateIn(ctx.institution.zone, now);
  if (input.result === 'follow_up' && !input.nextOn) throw new Failure(kinds.next_needed, {}, 'nextOn');
  if (input.nextOn && input.nextOn < today) throw new Failure(kinds.date_past, { date: input.nextOn }, 'nextOn');
  await ctx.database.transaction(async (tx) => {
    const task = await lockTask(ctx, tx, id);
    if (task.status !== 'open') throw new Failure(kinds.not_open);
    await tx.query(
      `update task set status = 'done', result = $3, done_at = $4, done_by_id = $5, snoozed_until = null,
         version = version + 1, updated_at = $4, updated_by = $5 where customer_id = $1 and id = $2`,
      [task.customer_id, id, input.result, now.toISOString(), ctx.actor.userId],
    );
    if (input.result !== 'not_useful') await recordInteraction(ctx, tx, task, input);
    if (input.nextOn) await createFollowUp(ctx, tx, task, input.nextOn);
    await record(tx, {
      at: now,
      actor: ctx.actor,
      action: 'complete',
      entity: 'task',
      recordId: id,
      customerId: task.customer_id,
      detail: {
        result: input.result,
        ...(input.note ? { note: input.note } : {}),
        ...(input.nextOn ? { nextOn: input.nextOn } : {}),
      },
    });
  });
}

async function recordInteraction(ctx: Context, tx: Transaction, task: TaskRow, input: ResultInput): Promise<void> {
  const entity = ctx.model.entity('interaction');
  const result = fieldOf(entity, 'result')!.options!.find((option) => option.code === input.result)!;
  await insertValues(
    ctx,
    tx,
    entity,
    newId(ctx.clock),
    valuesOf(entity, {
      customer: task.customer_id,
      at: ctx.clock().toISOString(),
      channel: input.channel ?? 'phone',
      summary: input.note?.trim() || `${task.title}: ${result.label[ctx.language]}`,
      result: input.result,
      user: ctx.actor.userId,
      task: task.id,
    }),
  );
}

const FOLLOW_UP = { zh: '跟进：', en: 'Follow up: ' };

function followUpTitle(language: Language, title: string): string {
  return title.startsWith(FOLLOW_UP[language]) ? title : `${FOLLOW_UP[language]}${title}`;
}

/** A follow-up is due at the end of its day's morning, in the institution's zone. */
const FOLLOW_UP_TIME = '11:30';

async function createFollowUp(ctx: Context, tx: Transaction, task: TaskRow, nextOn: BusinessDate): Promise<void> {
  const entity = ctx.model.entity('task');
  const { rows } = await tx.query<{ due: string }>('select ($1::timestamp at time zone $2)::text as due', [
    `${nextOn} ${FOLLOW_UP_TIME}`,
    ctx.institution.zone,
  ]);
  await insertValues(
    ctx,
    tx,
    entity,
    newId(ctx.clock),
    valuesOf(entity, {
      customer: task.customer_id,
      title: followUpTitle('zh', task.texts?.zh?.title ?? task.title),
      evidence: JSON.stringify({
        followUpOf: task.id,
        text: {
          zh: { title: followUpTitle('zh', task.texts?.zh?.title ?? task.title) },
          en: { title: followUpTitle('en', task.texts?.en?.title ?? task.title) },
        },
      }),
      priority: 'normal',
      assignee: task.assignee_id ?? ctx.actor.userId,
      due_at: rows[0]!.due,
      status: 'open',
      business_date: ctx.institution.businessDate,
    }),
  );
}

function valuesOf(
  entity: EntityDefinition,
  values: Record<string, string | null>,
): Map<FieldDefinition, string | null> {
  return new Map(Object.entries(values).map(([code, value]) => [fieldOf(entity, code)!, value]));
}

/** Puts an open task off to a later day; it leaves the plan until then. */
export async function snoozeTask(ctx: Context, id: string, until: BusinessDate): Promise<void> {
  const today = dateIn(ctx.institution.zone, ctx.clock());
  if (until < today) throw new Failure(kinds.date_past, { date: until }, 'until');
  await ctx.database.transaction(async (tx) => {
    const task = await lockTask(ctx, tx, id);
    if (task.status !== 'open') throw new Failure(kinds.not_open);
    await changeTask(ctx, tx, task, 'snoozed_until = $3', until, { snoozedUntil: until });
  });
}

/**
 * Takes a result or a snooze back: the task is open again. The recorded conversation stays, it took place; the follow-up
 * that the result made is cancelled.
 */
export async function reopenTask(ctx: Context, id: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const task = await lockTask(ctx, tx, id);
    if (task.status === 'open' && task.snoozed_until === null) throw new Failure(kinds.not_done);
    const reset = "status = 'open', result = null, done_at = null, done_by_id = null, snoozed_until = $3::date";
    await changeTask(ctx, tx, task, reset, null, { reopened: true });
    await tx.query(
      `update task set status = 'cancelled', version = version + 1, updated_at = $3, updated_by = $4
        where customer_id = $1 and status = 'open' and evidence->>'followUpOf' = $2`,
      [task.customer_id, id, ctx.clock().toISOString(), ctx.actor.userId],
    );
  });
}

async function changeTask(
  ctx: Context,
  tx: Transaction,
  task: TaskRow,
  assignment: string,
  value: string | null,
  detail: Record<string, unknown>,
): Promise<void> {
  const at = ctx.clock();
  await tx.query(
    `update task set ${assignment}, version = version + 1, updated_at = $4, updated_by = $5 where customer_id = $1 and id = $2`,
    [task.customer_id, task.id, value, at.toISOString(), ctx.actor.userId],
  );
  const customerId = task.customer_id;
  await record(tx, { at, actor: ctx.actor, action: 'update', entity: 'task', recordId: task.id, customerId, detail });
}

/** One task as the API shows it, as JSON text. */
export async function readTask(ctx: Context, id: string): Promise<string> {
  const { rows } = await ctx.database.query<{ row: string }>(
    planned(
      'task',
      sql`select to_json(x)::text as row from (select ${taskColumns(ctx, 't', ctx.clock().toISOString())}
        from task t where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, ctx.model.entity('task'), 't')} limit 1) x`,
    ),
  );
  if (!rows[0]) throw new Failure(kinds.not_found);
  return rows[0].row;
}
