import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DayPlan, Task } from '../../api/day-plan.ts';
import { filtered, focusOf, prioritiesIn, rulesIn, stopsOf } from './plan.ts';

const task = (id: string, over: Partial<Task> = {}): Task => ({
  id,
  title: id,
  reason: null,
  script: null,
  priority: 'normal',
  dueAt: '2026-03-05T10:00:00Z',
  overdue: false,
  rule: null,
  evidence: null,
  status: 'open',
  snoozedUntil: null,
  version: 1,
  result: null,
  doneAt: null,
  ...over,
});

const customer = { name: '', kind: 'person', tier: null, aum: null, phone: null, gender: null, tags: [] } as const;
const silent = 'silent';
const plan: DayPlan = {
  businessDate: '2026-03-03',
  today: '2026-03-04',
  counts: { open: 4, overdue: 1, dueToday: 1, doneToday: 0 },
  cards: [
    {
      customer: { ...customer, id: 'c1', tags: [] },
      rank: 2,
      tasks: [task('a', { priority: 'highest', overdue: true }), task('b')],
    },
    {
      customer: { ...customer, id: 'c2', tags: [] },
      rank: 1,
      tasks: [task('c', { rule: silent }), task('d', { dueAt: '2026-03-04T15:00:00Z' })],
    },
  ],
};
const ids = (filter: Parameters<typeof filtered>[1]) =>
  stopsOf(filtered(plan, filter, '2026-03-04', 'Asia/Shanghai')).map(({ task: { id } }) => id);

test('filters keep the order of the server and drop empty cards', () => {
  assert.deepEqual(ids({}), ['a', 'b', 'c', 'd']);
  assert.deepEqual(ids({ priority: 'highest' }), ['a']);
  assert.deepEqual(ids({ rule: 'silent' }), ['c']);
  assert.deepEqual(ids({ rule: 'none' }), ['a', 'b', 'd']);
  assert.deepEqual(ids({ due: 'overdue' }), ['a']);
  assert.deepEqual(ids({ due: 'today' }), ['d']);
  assert.deepEqual(ids({ priority: 'low' }), []);
});

test('the focus moves on to the task that takes the place of the finished one', () => {
  const stops = stopsOf(plan.cards);
  assert.equal(focusOf(stops, 'c', 0), 2);
  assert.equal(focusOf(stops.slice(1), 'a', 0), 0);
  assert.equal(focusOf(stops.slice(0, 3), 'd', 3), 2);
  assert.equal(focusOf([], 'a', 0), -1);
});

test('the filters offer what occurs', () => {
  assert.deepEqual(rulesIn(plan), ['none', 'silent']);
  assert.deepEqual([...prioritiesIn(plan)], ['highest', 'normal']);
});
