import type { Case } from './case.ts';

const items = [
  { x: '10', kind: 'tech', on: '2024-01-01' },
  { x: '20.50', kind: 'bond', on: '2024-06-01' },
  { x: '30', kind: 'tech', on: null },
];
const unknown = [...items, { x: null, kind: null, on: null }];

export const list: Case[] = [
  ['sum(items.x)', { items }, '60.5'],
  ['sum(持仓[kind = "tech"].x)', { items }, '40'],
  ['sum(items[kind = "tech"].x) / sum(items.x) > 0.6', { items }, true],
  ['sum(items.x)', { items: [] }, null],
  ['sum(items.x)', { items: null }, null],
  ['sum(items.x)', { items: unknown }, null],
  ['sum(items[x != null].x)', { items: unknown }, '60.5'],
  ['count(items)', { items }, '3'],
  ['count(items)', { items: null }, '0'],
  ['count(items[x > 15])', { items: unknown }, '2'],
  ['count(items[x > 15][kind = "tech"])', { items }, '1'],
  ['count(items.on)', { items }, '3'],
  ['min(items.x)', { items }, '10'],
  ['max(items.kind)', { items }, 'tech'],
  ['max(items.on)', { items }, null],
  ['min(items[on != null].on)', { items }, '2024-01-01'],
  ['mean(items.x)', { items }, '20.16666666666666666667'],
  ['mean(items[x > 99].x)', { items }, null],
  ['count(items[x > a])', { items, a: '15' }, '2'],
  ['count(items[item.x > a and today - on > duration("P1D")])', { items, a: '5' }, '2'],
  ['some i in items satisfies i.x > 25', { items }, true],
  ['some i in items satisfies i.x > 99', { items }, false],
  ['some i in items satisfies i.x > 99', { items: unknown }, null],
  ['some i in items satisfies i.x > 25', { items: [] }, false],
  ['some i in items[kind = "tech"] satisfies i.x = 20.5', { items }, false],
  ['some i in items satisfies a > 1', { items, a: '2' }, true],
  ['some i in items satisfies a > 1', { items: [], a: '2' }, false],
  ['every i in items satisfies i.x > 5', { items }, true],
  ['every i in items satisfies i.x > 5', { items: unknown }, null],
  ['every i in items satisfies i.x > 15', { items: unknown }, false],
  ['every i in items satisfies i.x > 5', { items: [] }, true],
  ['not(some i in items satisfies i.x > 99)', { items: unknown }, null],
  ['count(items) = 0 or sum(items.x) > a', { items: [], a: '1' }, true],
];
