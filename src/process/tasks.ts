import { type Context, fieldView, scopeCondition } from '#access';
import { record } from '#audit';
import { raw, type Sql, sql, type Transaction } from '#database';
import { workCalendar } from '#facts';
import {
  addDays,
  addWorkdays,
  addWorkingMinutes,
  type BusinessDate,
  dateIn,
  Failure,
  instantAt,
  type Language,
} from '#kernel';
import { type EntityDefinition, type FieldDefinition, fieldOf, newId } from '#metadata';
import { insertValues, planned, textIn } from '#records';
import { kinds } from './failures.ts';
import { countResults } from './feedback.ts';

export type TaskResult = 'reached' | 'no_answer' | 'interested' | 'not_interested' | 'follow_up' | 'not_useful';

/** Why an alert was of no use. */
export const BECAUSE = ['known', 'wrong_data', 'bad_timing', 'declined', 'other'] as const;

/** Open, and not put off to a later day or hour. */
export function openNow(alias: string, today: BusinessDate, now: string): Sql {
  const t = raw(alias);
  return sql`${t}.status = 'open' and coalesce(${t}.snoozed_until <= ${today}::date, true) and coalesce(${t}.wakes_at <= ${now}::timestamptz, true)`;
}

/** The texts of a task in the reader's language: rules keep both, people write one. */
export const taskText = (part: 'title' | 'reason' | 'script', language: Language, alias: string): string =>
  textIn(language, 'evidence.text', part, alias);

/** JSON columns of a task, as the reader may see it on cards and in the 360 view; `now` is the instant against which it is overdue. */
export function taskColumns(ctx: Context, alias: string, now: string): Sql {
  const row = raw(alias);
  const task = ctx.model.entity('task');
  const seen = (code: string) => fieldView(ctx.model, ctx.actor, task, fieldOf(task, code)!) === 'clear';
  const text = (part: 'title' | 'reason' | 'script') =>
    raw(`${seen(part) ? taskText(part, ctx.language, alias) : 'null::text'} as ${part}`);
  return sql`${row}.id::text as id, ${text('title')}, ${text('reason')}, ${text('script')}, ${row}.priority, ${row}.due_at as "dueAt",
    ${row}.status, ${row}.result, ${row}.business_date as "businessDate", ${row}.rule, ${raw(seen('evidence') ? `${alias}.evidence - 'text'` : 'null::jsonb')} as evidence, ${row}.done_at as "doneAt",
    ${row}.snoozed_until as "snoozedUntil", ${row}.wakes_at as "wakesAt", ${row}.useless_because as "uselessBecause", coalesce((${row}.evidence->>'late')::boolean, false) as late, ${row}.version,
    (${row}.status = 'open' and ${row}.due_at < ${now}::timestamptz) as overdue`;
}

interface TaskRow {
  id: string;
  customer_id: string;
  assignee_id: string | null;
  title: string;
  rule: string | null;
  status: string;
  result: string | null;
  done_at: string | null;
  done_by_id: string | null;
  put_off: boolean;
  /** The texts in both languages, where a rule made the task. */
  texts: Record<Language, { title?: string }> | null;
}

async function lockTask(ctx: Context, tx: Transaction, id: string): Promise<TaskRow> {
  const task = ctx.model.entity('task');
  const { rows } = await tx.query<TaskRow>(
    sql`select t.id, t.customer_id, t.assignee_id, t.title, t.rule, t.status, t.result, t.done_at, t.done_by_id,
        t.snoozed_until is not null or t.wakes_at is not null as put_off, t.evidence->'text' as texts from task t
      where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, task, 't')} for update`,
  );
  if (!rows[0]) throw new Failure(kinds.not_found);
  return rows[0];
}

export interface ResultInput {
  result: TaskResult;
  note?: string | undefined;
  /** Needed for `not_useful`. */
  because?: (typeof BECAUSE)[number] | undefined;
  /** Date of the next contact; needed for `follow_up`. */
  nextOn?: BusinessDate | undefined;
  /** Time of that day, HH:MM, in the institution's zone. */
  nextAt?: string | undefined;
  /** What is to be done then; without it, the follow-up of the same task. */
  nextStep?: string | undefined;
  channel?: string | undefined;
  /** Assets and needs were gone through as a whole. */
  review?: boolean | undefined;
  /** Further open tasks of the same customer that the same conversation answered. */
  also?: string[] | undefined;
}

function checkResult(input: ResultInput, today: BusinessDate): void {
  if (input.result === 'follow_up' && !input.nextOn) throw new Failure(kinds.next_needed, {}, 'nextOn');
  if (input.nextOn && input.nextOn < today) throw new Failure(kinds.date_past, { date: input.nextOn }, 'nextOn');
  if (!input.nextOn && (input.nextStep || input.nextAt)) throw new Failure(kinds.next_needed_for_step, {}, 'nextOn');
  if (input.result !== 'not_useful') return;
  if (!input.because) throw new Failure(kinds.because_needed, {}, 'because');
  if (input.because === 'other' && !input.note?.trim()) throw new Failure(kinds.because_other, {}, 'note');
}

/**
 * Closes a task, and with it others of the same customer that the same conversation answered: the conversation is recorded once, a next
 * step becomes the next task, and what came of it counts for the rank of the rules' tasks.
 */
export async function completeTask(ctx: Context, id: string, input: ResultInput): Promise<void> {
  const now = ctx.clock();
  checkResult(input, dateIn(ctx.institution.zone, now));
  await ctx.database.transaction(async (tx) => {
    const task = await lockTask(ctx, tx, id);
    const all = [task];
    for (const other of [...new Set(input.also)].filter((each) => each !== id).sort()) {
      const found = await lockTask(ctx, tx, other);
      if (found.customer_id !== task.customer_id) throw new Failure(kinds.other_customer, {}, 'also');
      all.push(found);
    }
    for (const each of all) await closeTask(ctx, tx, each, input, now);
    if (input.result !== 'not_useful') await recordInteraction(ctx, tx, task, input);
    if (input.nextOn) await createFollowUp(ctx, tx, task, input.nextOn, input);
    const results = all.map(({ rule }) => ({ rule, result: input.result, doneAt: now.toISOString(), doneBy: null }));
    await countResults(ctx, tx, results, 1);
  });
}

async function closeTask(ctx: Context, tx: Transaction, task: TaskRow, input: ResultInput, now: Date): Promise<void> {
  if (task.status !== 'open') throw new Failure(kinds.not_open);
  await tx.query(
    `update task set status = 'done', result = $3, done_at = $4, done_by_id = $5, useless_because = $6, snoozed_until = null, wakes_at = null,
       version = version + 1, updated_at = $4, updated_by = $5 where customer_id = $1 and id = $2`,
    [task.customer_id, task.id, input.result, now.toISOString(), ctx.actor.userId, input.because ?? null],
  );
  await record(tx, {
    at: now,
    actor: ctx.actor,
    action: 'complete',
    entity: 'task',
    recordId: task.id,
    customerId: task.customer_id,
    detail: {
      result: input.result,
      ...(input.because ? { because: input.because } : {}),
      ...(input.note ? { note: input.note } : {}),
      ...(input.nextOn ? { nextOn: input.nextOn } : {}),
    },
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
      review: String(input.review ?? false),
    }),
  );
}

const FOLLOW_UP = { zh: '跟进：', en: 'Follow up: ' };

function followUpTitle(language: Language, title: string): string {
  return title.startsWith(FOLLOW_UP[language]) ? title : `${FOLLOW_UP[language]}${title}`;
}

/** A follow-up is due at the end of its day's morning, in the institution's zone. */
const FOLLOW_UP_TIME = '11:30';

async function createFollowUp(
  ctx: Context,
  tx: Transaction,
  task: TaskRow,
  nextOn: BusinessDate,
  { nextAt, nextStep }: ResultInput,
): Promise<void> {
  const entity = ctx.model.entity('task');
  const title = (language: Language) =>
    nextStep?.trim() || followUpTitle(language, task.texts?.[language]?.title ?? task.title);
  await insertValues(
    ctx,
    tx,
    entity,
    newId(ctx.clock),
    valuesOf(entity, {
      customer: task.customer_id,
      title: title('zh'),
      evidence: JSON.stringify({
        followUpOf: task.id,
        text: { zh: { title: title('zh') }, en: { title: title('en') } },
      }),
      priority: 'normal',
      assignee: task.assignee_id ?? ctx.actor.userId,
      due_at: instantAt(ctx.institution.zone, nextOn, nextAt ?? FOLLOW_UP_TIME).toISOString(),
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

/** Working minutes after which a task comes back that was put off to later the same day. */
const LATER_TODAY_MINUTES = 120;

/** When a task comes back: `snoozed_until` is the day, `wakes_at` the hour where it is the same day. */
export const SNOOZES = ['later_today', 'tomorrow', 'next_workday'] as const;
export type Snooze = (typeof SNOOZES)[number] | BusinessDate;

/** Puts an open task off; it leaves the plan until then. */
export async function snoozeTask(ctx: Context, id: string, until: Snooze): Promise<void> {
  const now = ctx.clock();
  const { zone, calendar: code } = ctx.institution;
  const today = dateIn(zone, now);
  const calendar = workCalendar(ctx.model, code);
  const wakes = until === 'later_today' ? addWorkingMinutes(calendar, zone, now, LATER_TODAY_MINUTES) : null;
  if (wakes && dateIn(zone, wakes) !== today) throw new Failure(kinds.day_over, {}, 'until');
  const day =
    until === 'later_today'
      ? today
      : until === 'tomorrow'
        ? addDays(today, 1)
        : until === 'next_workday'
          ? addWorkdays(calendar, today, 1)
          : until;
  if (day < today) throw new Failure(kinds.date_past, { date: day }, 'until');
  await ctx.database.transaction(async (tx) => {
    const task = await lockTask(ctx, tx, id);
    if (task.status !== 'open') throw new Failure(kinds.not_open);
    const wakesAt = wakes?.toISOString() ?? null;
    await changeTask(ctx, tx, task, 'snoozed_until = $5::date, wakes_at = $6::timestamptz', [day, wakesAt], {
      snoozedUntil: day,
      ...(wakesAt ? { wakesAt } : {}),
    });
  });
}

/**
 * Takes a result or a snooze back: the task is open again, and its result counts for nothing. The recorded conversation stays, it took
 * place; the follow-up that the result made is cancelled.
 */
export async function reopenTask(ctx: Context, id: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const task = await lockTask(ctx, tx, id);
    if (task.status === 'open' && !task.put_off) throw new Failure(kinds.not_done);
    const reset =
      "status = 'open', result = null, useless_because = null, done_at = null, done_by_id = null, snoozed_until = null, wakes_at = null";
    await changeTask(ctx, tx, task, reset, [], { reopened: true });
    await tx.query(
      `update task set status = 'cancelled', version = version + 1, updated_at = $3, updated_by = $4
        where customer_id = $1 and status = 'open' and evidence->>'followUpOf' = $2`,
      [task.customer_id, id, ctx.clock().toISOString(), ctx.actor.userId],
    );
    const { rule, result, done_at: doneAt, done_by_id: doneBy } = task;
    if (result && doneAt) {
      await countResults(ctx, tx, [{ rule, result, doneAt: new Date(doneAt).toISOString(), doneBy }], -1);
    }
  });
}

async function changeTask(
  ctx: Context,
  tx: Transaction,
  task: TaskRow,
  assignment: string,
  values: (string | null)[],
  detail: Record<string, unknown>,
): Promise<void> {
  const at = ctx.clock();
  await tx.query(
    `update task set ${assignment}, version = version + 1, updated_at = $3, updated_by = $4 where customer_id = $1 and id = $2`,
    [task.customer_id, task.id, at.toISOString(), ctx.actor.userId, ...values],
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
