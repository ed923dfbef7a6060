import assert from 'node:assert/strict';
import type { Database } from '#database';
import { addDays } from '#kernel';
import { recordId } from '#metadata';
import { ids, seedRows, type TestServer, testServer, work } from '../../src/server/testing.ts';

/** The business date that the cases speak of: a Thursday, with a workday behind it. */
export const DAY = '2026-11-19';
export const ago = (days: number): string => addDays(DAY, -days);
export const ahead = (days: number): string => addDays(DAY, days);

export const product = (key: string): string => recordId('product', 'test', key);

export type Row = Record<string, string | null>;

/** A task, alert, message … as the API lists it, with the customer's number. */
export type Listed = Record<string, unknown> & { who: string };

export interface Case {
  /** As the acceptance list names it. */
  id: string;
  /** What holds, in a sentence. */
  holds: string;
  /** Customers, records and facts; each customer's number says the case and where it stands: below, at, above. */
  given(world: World): Promise<void>;
  /** What comes on the day itself, when the days before were run. */
  onTheDay?(world: World): Promise<void>;
  /** What the API says after the day was run. */
  expect(world: World): Promise<void>;
}

export interface World {
  server: TestServer;
  customer(key: string, more?: Row): Promise<void>;
  /** Money in, or out where negative, carried to the balance. */
  pay(key: string, date: string, amount: string, kind?: string): Promise<void>;
  add(entity: string, rows: ({ key: string } & Row)[]): Promise<void>;
  run(from: string, to?: string): Promise<void>;
  /** Numbers of those whom a filter of the customer list finds, of one case. */
  found(filter: string, prefix: string): Promise<string[]>;
  /** Rows that rules made, of the customers of one case. */
  made(plural: string, rule: string, columns: string, prefix: string): Promise<Listed[]>;
  /** What the bell shows to somebody, by the customers' numbers. */
  told(username: string, rule: string, prefix: string): Promise<string[]>;
}

/** The small institution with nobody in it, on the campaign's database. */
export async function openWorld(database: Database & { url: string }): Promise<World> {
  const server = await testServer({ database });
  await database.query('delete from customer');
  const balances = new Map<string, bigint>();
  let sequence = 0;
  const add: World['add'] = (entity, rows) => seedRows(database, server.model, entity, rows);
  const list = async (url: string) => {
    const { json, text } = await server.call('GET', url, { as: 'head02' });
    assert.ok(json?.rows, text);
    return json.rows as Record<string, unknown>[];
  };
  const numbers = async () => {
    const { rows } = await database.query<{ id: string; number: string }>(
      'select id::text as id, number from customer',
    );
    return new Map(rows.map(({ id, number }) => [id, number]));
  };
  return {
    server,
    add,
    async customer(key, more = {}) {
      const plain = {
        name: key,
        number: key,
        kind: 'person',
        phone: '13800010001',
        email: 'a@example.com',
        status: 'active',
      };
      const place = { owner: ids.user('rm001'), branch: ids.unit('east'), since: '2019-01-08' };
      await add('customer', [{ key, ...plain, ...place, ...more }]);
      await add('account', [
        { key, customer: ids.customer(key), number: key, kind: 'current', currency: 'CNY', opened_on: '2019-01-08' },
      ]);
    },
    async pay(key, date, amount, kind = 'transfer') {
      sequence += 1;
      const [, sign, whole, cents = ''] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount)!;
      const minor = BigInt(whole!) * 100n + BigInt(cents.padEnd(2, '0'));
      const balance = (balances.get(key) ?? 0n) + (sign ? -minor : minor);
      balances.set(key, balance);
      const text = (of: bigint) => `${of / 100n}.${String(of % 100n).padStart(2, '0')}`;
      await add('transaction', [
        {
          key: String(sequence),
          customer: ids.customer(key),
          business_date: date,
          sequence: String(sequence),
          account: ids.account(key),
          direction: sign ? 'out' : 'in',
          amount: text(minor),
          balance_after: text(balance),
          kind,
        },
      ]);
    },
    async run(from, to = from) {
      const answer = await server.call('POST', '/api/business-days', { as: 'admin', body: { from, to } });
      assert.ok(answer.status < 300, answer.text);
      await work(server);
    },
    async found(filter, prefix) {
      const rows = await list(`/api/customers?filter=${filter}&columns=number&limit=200`);
      return rows
        .map(({ number }) => String(number))
        .filter((number) => number.startsWith(`${prefix}-`))
        .sort();
    },
    async made(plural, rule, columns, prefix) {
      const known = await numbers();
      const rows = await list(`/api/${plural}?filter=rule:eq:${rule}&columns=customer,${columns}&limit=200`);
      return rows
        .map((row) => ({ ...row, who: known.get(idOf(row.customer)) ?? '' }))
        .filter(({ who }) => who.startsWith(`${prefix}-`))
        .sort((a, b) => (a.who < b.who ? -1 : 1));
    },
    async told(username, rule, prefix) {
      const known = await numbers();
      const found: string[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const url = `/api/notifications${after && `?after=${after}`}`;
        const { json, text } = await server.call('GET', url, { as: username });
        assert.ok(json?.items, text);
        for (const item of json.items) if (item.rule === rule) found.push(known.get(item.customer.id) ?? '');
        after = json.next;
      }
      return found.filter((who) => who.startsWith(`${prefix}-`)).sort();
    },
  };
}

const idOf = (reference: unknown): string =>
  typeof reference === 'object' && reference !== null ? String((reference as { id: string }).id) : String(reference);
