import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanCard, Task } from '../../api/day-plan.ts';
import { focusOf, nextLimit, partsOf, stopsOf } from './plan.ts';

const task = (id: string): Task => ({
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
});

const card = (id: string, place: PlanCard['place'], ...tasks: string[]): PlanCard => ({
  customer: { id, name: '', kind: 'person', tier: null, aum: null, phone: null, gender: null, tags: [] },
  place,
  rank: null,
  tasks: tasks.map(task),
});
const cards = [card('c1', 'today', 'a', 'b'), card('c2', 'later', 'c'), card('c3', 'held', 'd')];

test('the parts keep the order of the server, and one without cards is left out', () => {
  const parts = (of: PlanCard[]) =>
    partsOf(of).map((part) => [part.place, part.cards.map(({ customer }) => customer.id)]);
  assert.deepEqual(parts(cards), [
    ['today', ['c1']],
    ['later', ['c2']],
    ['held', ['c3']],
  ]);
  assert.deepEqual(parts([card('c1', 'done', 'a')]), [['done', ['c1']]]);
});

test('the focus moves on to the task that takes the place of the finished one', () => {
  const stops = stopsOf(cards);
  assert.equal(focusOf(stops, 'c', 0), 2);
  assert.equal(focusOf(stops.slice(1), 'a', 0), 0);
  assert.equal(focusOf(stops.slice(0, 3), 'd', 3), 2);
  assert.equal(focusOf([], 'a', 0), -1);
});

test('more cards are asked for as long as there are some', () => {
  assert.equal(nextLimit(50, 50), null);
  assert.equal(nextLimit(50, 51), 150);
  assert.equal(nextLimit(450, 900), 500);
  assert.equal(nextLimit(500, 900), null);
});
