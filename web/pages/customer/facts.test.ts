import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Profile, TimelineEntry } from '../../api/customer.ts';
import { allocation, changeOver, historyOf, lastContact, maturities, splitOver, yearsBetween } from './facts.ts';

const nobody: Profile = {
  customer: { id: '1' },
  metrics: {},
  tags: [],
  tierReason: null,
  aum: { total: null, parts: {}, curve: [] },
  accounts: [],
  cards: [],
  loans: [],
  standingOrders: [],
  holdings: [],
  transactions: [],
  interactions: [],
  timeline: [],
  tasks: [],
  notes: [],
  household: null,
};

test('a change is split into money moved and the rest, from the day after the first point on', () => {
  const points = [
    ['2026-01-05', '100.00', '100.00'],
    ['2026-01-10', '150.00', '40.00'],
    ['2026-01-20', '120.00', '-25.50'],
    ['2026-02-20', '120.00'],
  ] as const;
  assert.deepEqual(splitOver(points), { change: '20.00', flow: '14.50', market: '5.50' });
  assert.equal(splitOver([]), null);
});

test('a change is counted between two days, on which amounts stand from earlier', () => {
  const curve = [
    ['2026-01-01', '100.00'],
    ['2026-01-09', '80.00'],
    ['2026-02-09', '100.10'],
  ] as const;
  assert.deepEqual(changeOver(curve, 30, '2026-02-10'), { since: '2026-01-11', amount: '20.10', share: '0.2513' });
  assert.equal(changeOver(curve, 30, '2026-03-20')?.amount, '0.00');
  assert.equal(changeOver(curve, 300, '2026-02-10'), null);
  assert.equal(changeOver([], 30, '2026-02-10'), null);
});

test('from nothing there is no share', () => {
  const curve = [
    ['2026-01-01', '0.00'],
    ['2026-03-01', '5.00'],
  ] as const;
  assert.deepEqual(changeOver(curve, 30, '2026-03-01'), { since: '2026-01-30', amount: '5.00', share: null });
});

test('maturities come soonest first and leave out what is over', () => {
  const profile: Profile = {
    ...nobody,
    holdings: [
      {
        id: 'h1',
        product: { id: '9', label: 'Bond' },
        market_value: '10.00',
        maturity_date: '2026-03-01',
        status: 'held',
      },
      {
        id: 'h2',
        product: { id: '9', label: 'Bond' },
        market_value: '10.00',
        maturity_date: '2026-02-01',
        status: 'redeemed',
      },
      { id: 'h3', product: { id: '9', label: 'Bond' }, principal: '7.00', maturity_date: '2027-03-01', status: 'held' },
    ],
    accounts: [{ id: 'a1', number: '****1', balance: '3.00', maturity_date: '2026-02-01', status: 'open' }],
    loans: [{ id: 'l1', number: 'L1', amount: '9.00', balance: null, maturity_date: '2026-02-15', status: 'overdue' }],
  };
  assert.deepEqual(
    maturities(profile, '2026-01-15', '2026-04-15').map(({ id, date, amount }) => [id, date, amount]),
    [
      ['a1', '2026-02-01', '3.00'],
      ['l1', '2026-02-15', '9.00'],
      ['h1', '2026-03-01', '10.00'],
    ],
  );
});

test('age, last contact, shares', () => {
  assert.equal(yearsBetween('1968-04-17', '2026-04-16'), 57);
  assert.equal(yearsBetween('1968-04-17', '2026-04-17'), 58);
  assert.equal(lastContact(nobody), undefined);
  assert.deepEqual(allocation({ fund: '25.00', deposit: '75.00', loan: '-3.00', bond: '0.00' }), [
    { code: 'deposit', amount: '75.00', share: 750 },
    { code: 'fund', amount: '25.00', share: 250 },
  ]);
});

test('shares add up to the whole', () => {
  const shares = allocation({ a: '154939595.89', b: '5209230.20' }).map(({ share }) => share);
  assert.deepEqual(shares, [967, 33]);
  const thirds = allocation({ a: '1.00', b: '1.00', c: '1.00' }).map(({ share }) => share);
  assert.equal(thirds[0]! + thirds[1]! + thirds[2]!, 1000);
});

test('a contact and the task that it closed are told once', () => {
  const entry = { at: '2026-11-13T01:54:00Z', code: null, text: null, result: 'reached', by: 'Li' };
  const timeline: TimelineEntry[] = [
    { ...entry, kind: 'interaction', code: 'phone', text: 'Agreed' },
    { ...entry, kind: 'task', text: 'Call', at: '2026-11-13T01:53:59.990Z' },
    { ...entry, kind: 'task', text: 'Another call', at: '2026-11-13T01:50:00Z' },
    { ...entry, kind: 'task', text: 'Not useful', result: 'not_useful' },
    { ...entry, kind: 'tag_on', result: null, by: null },
  ];
  assert.deepEqual(
    historyOf(timeline).map(({ kind, text, task }) => [kind, text, task]),
    [
      ['interaction', 'Agreed', 'Call'],
      ['task', 'Another call', undefined],
      ['task', 'Not useful', undefined],
      ['tag_on', null, undefined],
    ],
  );
});
