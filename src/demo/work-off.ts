import type { Transaction } from '#database';
import { addDays, addWorkdays, type BusinessDate, instantAt, type WorkCalendar } from '#kernel';
import { type Model, recordId } from '#metadata';
import { type BulkRow, writeBulk } from '#records';
import { answerTo, type Result } from './desk-work.ts';
import { sources } from './institution.ts';
import { purposes, type Random, random, weighted } from './random.ts';

interface OpenTask {
  id: string;
  source: string;
  source_key: string;
  customer_id: string;
  /** The manager; the head of the office for customers without one. */
  doer_id: string;
  title: string;
  priority: string;
  business_date: BusinessDate;
}

/** Working days between the making of a task and its doing; null: it stays undone. The urgent ones rarely wait. */
const delays: Record<'urgent' | 'other', readonly { days: number | null; weight: number }[]> = {
  urgent: [
    { days: 1, weight: 72 },
    { days: 2, weight: 20 },
    { days: 3, weight: 6 },
    { days: null, weight: 2 },
  ],
  other: [
    { days: 1, weight: 24 },
    { days: 2, weight: 30 },
    { days: 3, weight: 26 },
    { days: 4, weight: 17 },
    { days: null, weight: 3 },
  ],
};

const results: readonly { result: Result | 'not_useful'; weight: number }[] = [
  { result: 'reached', weight: 38 },
  { result: 'no_answer', weight: 20 },
  { result: 'interested', weight: 20 },
  { result: 'not_interested', weight: 14 },
  { result: 'follow_up', weight: 6 },
  { result: 'not_useful', weight: 2 },
];

const becauses = ['known', 'bad_timing', 'wrong_data', 'declined'] as const;

const TASKS_MAX = 1_000_000;
const ZONE_MINUTES = { from: 9 * 60, to: 17 * 60 + 20 };

/**
 * Lets the managers do most of the tasks that rules made up to `until`, a few working days after each: otherwise a bank that
 * was made a minute ago would open with a heap that nobody ever touched. Returns how many were done.
 */
export async function workOff(
  tx: Transaction,
  model: Model,
  world: { seed: number; until: BusinessDate; zone: string; calendar: WorkCalendar },
): Promise<number> {
  const { rows } = await tx.query<OpenTask>(
    `select t.id, t.source, t.source_key, t.customer_id, coalesce(t.assignee_id, h.id) as doer_id, t.title, t.priority, t.business_date
       from task t
       join customer c on c.id = t.customer_id
       left join "user" h on h.org_unit_id = c.branch_id and 'branch_head' = any (h.roles)
      where t.status = 'open' and t.rule is not null
      order by t.business_date, t.id limit $1`,
    [TASKS_MAX],
  );
  await readNotices(tx, world.until);
  const done: BulkRow[] = [];
  const interactions: BulkRow[] = [];
  for (const [position, task] of rows.entries()) {
    const chance = random(world.seed, purposes.workOff, position);
    const urgent = task.priority === 'highest' || task.priority === 'high';
    const delay = weighted(chance, delays[urgent ? 'urgent' : 'other'], (entry) => entry.weight).days;
    if (delay === null) continue;
    const on = addWorkdays(world.calendar, task.business_date, delay);
    if (on > world.until) continue;
    const at = workingInstant(chance, world.zone, on);
    const { result } = weighted(chance, results, (entry) => entry.weight);
    const because = result === 'not_useful' ? chance.pick(becauses) : null;
    done.push([task.id, task.source_key, task.customer_id, 'done', result, at, task.doer_id, because]);
    if (result === 'not_useful') continue;
    const key = `task-${task.id}`;
    interactions.push([
      recordId('interaction', sources.desk, key),
      key,
      task.customer_id,
      at,
      result === 'no_answer' ? 'phone' : chance.pick(['phone', 'phone', 'wechat']),
      answerTo(result, task.title),
      result,
      task.doer_id,
      task.id,
    ]);
  }
  const source = rows[0]?.source;
  if (done.length === 0 || source === undefined) return 0;
  const columns = ['customer', 'status', 'result', 'done_at', 'done_by', 'useless_because'];
  await writeBulk(tx, { entity: model.entity('task'), columns, source, asOf: world.until }, [done]);
  await writeBulk(
    tx,
    {
      entity: model.entity('interaction'),
      columns: ['customer', 'at', 'channel', 'summary', 'result', 'user', 'task'],
      source: sources.desk,
      asOf: world.until,
    },
    [interactions],
  );
  return done.length;
}

/** What rules told people before the last two days, they have read. */
async function readNotices(tx: Transaction, until: BusinessDate): Promise<void> {
  await tx.query('update notification set read_at = at where read_at is null and at < $1::date', [addDays(until, -1)]);
}

function workingInstant(chance: Random, zone: string, date: BusinessDate): string {
  const minute = chance.between(ZONE_MINUTES.from, ZONE_MINUTES.to);
  const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return instantAt(zone, date, time).toISOString();
}
