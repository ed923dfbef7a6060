import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { defaultInstitution } from '#access';
import { openEventQueue } from '#integration';
import { Failure, systemActor } from '#kernel';
import { recordId } from '#metadata';
import { raiseWatermark } from '#records';
import { type Answer, ids, seedRows, testServer } from './testing.ts';

const server = await testServer();
const second = await testServer({ beside: server });
after(async () => {
  await second.close();
  await server.close();
});
const { database, model } = server;
const accountOf = (number: number) => `A${number}`;
await seedRows(
  database,
  model,
  'account',
  Array.from({ length: 6 }, (_, index) => ({
    key: accountOf(index + 1),
    customer: ids.customer(index + 1),
    number: accountOf(index + 1),
    kind: 'current',
    currency: 'CNY',
  })),
);

type Event = Record<string, unknown> & { id: string };

const payment = (id: string, customer: number, amount: string, more: Record<string, unknown> = {}): Event => ({
  id,
  type: 'transaction',
  time: '2026-11-19T10:00:00+08:00',
  customer: { key: String(customer) },
  data: { account: accountOf(customer), direction: 'out', amount, kind: 'payment' },
  ...more,
});

interface SendOptions {
  at?: typeof server;
  query?: string;
  headers?: Record<string, string>;
  as?: string;
  language?: 'zh' | 'en';
}

function send(
  events: unknown[],
  { at = server, query = '', headers, as = 'connector', language }: SendOptions = {},
): Promise<Answer> {
  return at.call('POST', `/api/events${query}`, {
    as,
    body: { source: 'test', events },
    ...(headers ? { headers } : {}),
    ...(language ? { language } : {}),
  });
}

const statuses = ({ json }: Answer): string[] => json.results.map(({ status }: { status: string }) => status);

async function stored(): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>(
    `select t.source_key || ' ' || c.source_key || ' ' || t.business_date || ' ' || t.amount as line
       from transaction t join customer c on c.id = t.customer_id order by 1`,
  );
  return rows.map(({ line }) => line);
}

beforeEach(async () => {
  await database.query(
    'truncate transaction, login, event_figure, event_version, event_request, event_hold, customer_change',
  );
  await database.query('update change_watermark set as_of = null');
  await raiseWatermark(database, '2026-11-19');
});

describe('live facts through the API', () => {
  test('are written with their references, dated in the zone of the institution, and noted', async () => {
    const answer = await send([
      payment('1', 1, '12.50'),
      payment('2', 2, '3.00', { time: '2026-11-19T23:30:00-05:00' }),
      {
        id: 'l',
        type: 'login',
        time: '2026-11-19T01:02:03.5Z',
        customer: { id: ids.customer(3) },
        data: { channel: 'mobile' },
      },
    ]);
    assert.equal(answer.status, 200, answer.text);
    // Half past eleven at night in New York is noon of the next day here: it waits for that day.
    assert.deepEqual(statuses(answer), ['accepted', 'waiting', 'accepted']);
    assert.deepEqual(await stored(), ['1 1 2026-11-19 12.50', '2 2 2026-11-20 3.00']);
    const { rows } = await database.query<{ note: string }>(
      "select entity || ' ' || business_date as note from customer_change order by 1",
    );
    assert.deepEqual(
      rows.map(({ note }) => note),
      ['login 2026-11-19', 'transaction 2026-11-19'],
    );
    const { rows: accounts } = await database.query<{ number: string }>(
      "select a.number from transaction t join account a on a.id = t.account_id where t.source_key = '1'",
    );
    assert.equal(accounts[0]!.number, 'A1');
  });

  test('need the permission', async () => {
    for (const as of ['rm001', 'admin', 'designer', 'head01'])
      assert.equal((await send([payment('1', 1, '1')], { as })).status, 403);
    assert.equal(
      (await server.call('POST', '/api/events', { body: { source: 'test', events: [payment('1', 1, '1')] } })).status,
      401,
    );
  });

  test('an item that is wrong is told with field and remedy in the reader’s language, and the others go in', async () => {
    const wrong: [unknown, string, string | undefined][] = [
      [{ ...payment('1', 1, '1'), type: 'nothing' }, 'events.type_unknown', 'type'],
      [{ ...payment('2', 1, '1'), customer: undefined }, 'events.customer_missing', 'customer'],
      [payment('3', 999, '1'), 'events.reference_unknown', 'customer'],
      [payment('4', 1, 'viel'), 'field.invalid_decimal', 'data.amount'],
      [payment('5', 1, '-1'), 'field.too_small', 'data.amount'],
      [payment('6', 1, '1', { time: '19.11.2026' }), 'events.time_unreadable', 'time'],
      [payment('7', 1, '1', { time: '2026-11-19T10:00:00' }), 'events.time_unreadable', 'time'],
      [payment('8', 1, '1', { time: '2026-12-24' }), 'events.time_out_of_range', 'time'],
      [payment('9', 1, '1', { time: undefined }), 'events.time_missing', 'time'],
      [
        payment('10', 1, '1', { data: { account: 'A1', direction: 'out', amount: '1', colour: 'red' } }),
        'events.field_unknown',
        'data.colour',
      ],
      [payment('11', 1, '1', { data: { account: 'A1', direction: 'out' } }), 'events.field_missing', 'data.amount'],
      [
        payment('12', 1, '1', { data: { account: 'A77', direction: 'out', amount: '1' } }),
        'events.reference_unknown',
        'data.account',
      ],
      [
        payment('13', 1, '1', { data: { account: ['A1'], direction: 'out', amount: '1' } }),
        'events.reference_unreadable',
        'data.account',
      ],
      [
        payment('14', 1, '1', { data: { account: 'A1', direction: 'sideways', amount: '1' } }),
        'field.unknown_option',
        'data.direction',
      ],
      [{ id: '' }, 'events.item_invalid', 'id'],
      ['nothing', 'events.item_invalid', 'item'],
    ];
    const answer = await send([payment('good', 1, '1'), ...wrong.map(([item]) => item)], { language: 'en' });
    assert.equal(answer.status, 200, answer.text);
    const [good, ...rest] = answer.json.results;
    assert.equal(good.status, 'accepted');
    assert.deepEqual(
      rest.map(({ status, error }: { status: string; error: { code: string; field: string } }) => [
        status,
        error.code,
        error.field,
      ]),
      wrong.map(([, code, field]) => ['rejected', code, field]),
    );
    const chinese = await send([payment('3', 999, '1')], { language: 'zh' });
    assert.match(chinese.json.results[0].error.message, /[\u4e00-\u9fff]/);
    assert.deepEqual(await stored(), ['good 1 2026-11-19 1.00']);
  });

  test('a delivery five times over in any order, to two processes at once, has one effect', async () => {
    const events = Array.from({ length: 60 }, (_, index) => payment(String(index), 1 + (index % 6), `${index + 1}.00`));
    const expected = events.map(({ id }) => id).sort();
    const deliveries = Array.from({ length: 5 }, (_, round) =>
      events.toSorted((a, b) => ((Number(a.id) * 37 + round * 11) % 61) - ((Number(b.id) * 37 + round * 11) % 61)),
    );
    const answers = await Promise.all(
      deliveries.flatMap((delivery, round) =>
        [delivery.slice(0, 30), delivery.slice(30)].map((part) => send(part, { at: round % 2 ? second : server })),
      ),
    );
    const all = answers.flatMap(statuses);
    assert.equal(all.filter((status) => status === 'accepted').length, 60);
    assert.equal(all.filter((status) => status === 'duplicate').length, 240);
    assert.deepEqual((await stored()).map((line) => line.split(' ')[0]).sort(), expected);
  });

  test('the same item twice in one request counts once', async () => {
    assert.deepEqual(statuses(await send([payment('1', 1, '1'), payment('1', 1, '1')])), ['duplicate', 'accepted']);
    assert.deepEqual(await stored(), ['1 1 2026-11-19 1.00']);
  });

  test('a fact that comes again with other content, date or customer is corrected, and the audit shows before and after', async () => {
    await send([payment('1', 1, '10.00', { time: '2026-10-31' })]);
    const answer = await send([payment('1', 2, '11.00', { time: '2026-11-01' })]);
    assert.deepEqual(statuses(answer), ['corrected']);
    assert.deepEqual(await stored(), ['1 2 2026-11-01 11.00']);
    const { rows } = await database.query<{ before: string; after: string; actor: string }>(
      `select detail->'before'->>'amount' as before, detail->'after'->>'amount' as after, actor from audit_event
        where action = 'update' and entity = 'transaction' order by id desc limit 1`,
    );
    assert.deepEqual(rows[0], { before: '10.00', after: '11.00', actor: 'connector' });
  });

  test('versions may come in any order: the newest stays, and what was deleted stays away', async () => {
    const version = (sequence: number, amount: string) => payment('1', 1, amount, { sequence });
    assert.deepEqual(statuses(await send([version(2, '2')])), ['accepted']);
    assert.deepEqual(statuses(await send([version(1, '1')])), ['duplicate']);
    assert.deepEqual(statuses(await send([version(4, '4'), version(3, '3')])), ['corrected', 'duplicate']);
    assert.deepEqual(await stored(), ['1 1 2026-11-19 4.00']);
    const deletion = { id: '1', type: 'transaction', operation: 'delete', sequence: 5 };
    assert.deepEqual(statuses(await send([deletion])), ['deleted']);
    assert.deepEqual(statuses(await send([version(4, '4'), payment('1', 1, '9')])), ['duplicate', 'deleted']);
    assert.deepEqual(statuses(await send([deletion])), ['duplicate']);
    assert.deepEqual(await stored(), []);
    assert.deepEqual(statuses(await send([version(6, '6')])), ['accepted']);
    assert.deepEqual(await stored(), ['1 1 2026-11-19 6.00']);
  });

  test('a deletion that overtakes its fact keeps it away', async () => {
    assert.deepEqual(statuses(await send([{ id: '1', type: 'transaction', operation: 'delete' }])), ['deleted']);
    assert.deepEqual(statuses(await send([payment('1', 1, '1')])), ['deleted']);
    assert.deepEqual(await stored(), []);
  });

  test('an idempotency key gives the first answer again, and refuses another content', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const first = await send([payment('1', 1, '1')], { headers });
    const again = await send([payment('1', 1, '1')], { headers, at: second });
    assert.deepEqual(again.json, first.json);
    const [one, two] = await Promise.all([
      send([payment('2', 1, '1')], { headers: { 'idempotency-key': 'k-2' } }),
      send([payment('2', 1, '1')], { headers: { 'idempotency-key': 'k-2' }, at: second }),
    ]);
    assert.deepEqual(one.json, two.json);
    const other = await send([payment('3', 1, '1')], { headers });
    assert.deepEqual([other.status, other.json.code], [422, 'events.key_reused']);
  });

  test('CloudEvents come singly and in batches', async () => {
    const cloud = {
      specversion: '1.0',
      id: 'c1',
      source: 'test',
      type: 'cn.example.transaction',
      time: '2026-11-19T10:00:00Z',
      subject: '1',
      data: { account: 'A1', direction: 'in', amount: '5' },
      traceparent: '00-1-2-3',
    };
    const post = (body: object, contentType: string) =>
      server.call('POST', '/api/events', {
        as: 'connector',
        body: Buffer.from(JSON.stringify(body)),
        headers: { 'content-type': contentType },
      });
    const batch = await post([cloud, { ...cloud, id: 'c2', specversion: '0.3' }], 'application/cloudevents-batch+json');
    assert.equal(batch.status, 200, batch.text);
    assert.deepEqual(statuses(batch), ['accepted', 'rejected']);
    const single = await post(
      { ...cloud, subject: undefined, data: { ...cloud.data, customer: { source: 'test', key: '1' } } },
      'application/cloudevents+json',
    );
    assert.deepEqual(statuses(single), ['duplicate']);
    assert.deepEqual(await stored(), ['c1 1 2026-11-19 5.00']);
  });

  test('requests that are too large, too long or none are refused whole', async () => {
    const many = Array.from({ length: 2_001 }, (_, index) => payment(String(index), 1, '1'));
    assert.equal((await send(many)).status, 400);
    assert.equal((await send([])).status, 400);
    const huge = await send([payment('1', 1, '1', { data: { purpose: 'x'.repeat(5 * 1_048_576) } })]);
    assert.deepEqual([huge.status, huge.json.code], [413, 'http.too_large']);
    assert.deepEqual(await stored(), []);
  });

  test('a customer known under another system’s number is found by it', async () => {
    await database.query(
      "insert into customer_identity (system, external_id, customer_id, since) values ('core', '77', $1, now())",
      [ids.customer(4)],
    );
    const answer = await send([payment('1', 4, '1', { customer: { source: 'core', key: '77' } })]);
    assert.deepEqual(statuses(answer), ['accepted'], answer.text);
  });
});

describe('events that are held', () => {
  const late = (id: string) => payment(id, 200, '7', { data: { account: 'A1', direction: 'out', amount: '7' } });

  test('wait until their customer comes, and go in under who sent them', async () => {
    assert.deepEqual(statuses(await send([late('1'), late('1'), payment('2', 1, '1')], { query: '?hold=true' })), [
      'duplicate',
      'held',
      'accepted',
    ]);
    const list = await server.call('GET', '/api/held-events', { as: 'admin' });
    assert.deepEqual(
      // biome-ignore lint/suspicious/noExplicitAny: of an answer
      list.json.rows.map(({ event, missing, sender }: any) => [
        event,
        [missing.entity.code, missing.source, missing.key],
        sender,
      ]),
      [['1', ['customer', 'test', '200'], 'connector']],
    );
    const retry = () => server.call('POST', '/api/held-events/retry', { as: 'admin' });
    assert.deepEqual((await retry()).json, { released: 0 });
    await seedRows(database, model, 'customer', [{ key: '200', name: '迟到', kind: 'person', number: 'C200' }]);
    assert.deepEqual((await retry()).json, { released: 1 });
    assert.deepEqual(await stored(), ['1 200 2026-11-19 7.00', '2 1 2026-11-19 1.00']);
    const sources = await server.call('GET', '/api/event-sources', { as: 'admin' });
    const [source] = sources.json.sources;
    assert.deepEqual([source.source, source.today.accepted, source.today.held, source.heldNow], ['test', 2, 1, 0]);
  });

  test('can be dropped, by who runs loads, and that is recorded', async () => {
    await send([payment('1', 300, '7')], { query: '?hold=true' });
    const { json } = await server.call('GET', '/api/held-events?source=test', { as: 'admin' });
    const body = { ids: [json.rows[0].id] };
    assert.equal((await server.call('POST', '/api/held-events/drop', { as: 'compliance', body })).status, 403);
    assert.deepEqual((await server.call('POST', '/api/held-events/drop', { as: 'admin', body })).json, { dropped: 1 });
    const { rows } = await database.query(
      "select from audit_event where action = 'load' and detail->>'events' = 'dropped'",
    );
    assert.equal(rows.length, 1);
  });
});

test('what came in is shown by source with reasons, and becomes an audit event a minute', async () => {
  await send([payment('1', 1, '1'), payment('2', 999, '1'), payment('3', 998, '1')]);
  const answer = await server.call('GET', '/api/event-sources', { as: 'designer', language: 'en' });
  const [source] = answer.json.sources;
  assert.deepEqual([source.today.accepted, source.today.rejected, source.senders], [1, 2, ['connector']]);
  assert.deepEqual([source.reasons[0].code, source.reasons[0].count], ['events.reference_unknown', 2]);
  server.clock.set('2026-11-20T02:05:00Z');
  await send([payment('4', 1, '1')]);
  const { rows } = await database.query<{ detail: Record<string, unknown> }>(
    "select detail from audit_event where action = 'load' and detail->>'events' = 'test'",
  );
  assert.equal(rows.at(-1)!.detail.rejected, '2');
});

test('a transaction that breaks leaves nothing half, and the same again goes in', async () => {
  await database.query(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
    create trigger refuse before insert on event_figure for each row execute function refuse()`);
  const broken = await send([payment('1', 1, '1'), payment('2', 2, '1')]);
  assert.equal(broken.status, 500);
  assert.deepEqual(await stored(), []);
  await database.query('drop trigger refuse on event_figure; drop function refuse()');
  assert.deepEqual(statuses(await send([payment('1', 1, '1'), payment('2', 2, '1')])), ['accepted', 'accepted']);
});

test('a connection that is cut in the middle leaves nothing half, and the same again goes in', async () => {
  await database.query(`create function refuse() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
    create trigger refuse before insert on event_figure for each row execute function refuse()`);
  const cut = await send([payment('1', 1, '1'), payment('2', 2, '1')], { headers: { 'idempotency-key': 'cut' } });
  assert.deepEqual([cut.status, cut.json.code], [503, 'http.unavailable']);
  assert.deepEqual(await stored(), []);
  await database.query('drop trigger refuse on event_figure; drop function refuse()');
  const again = await send([payment('1', 1, '1'), payment('2', 2, '1')], { headers: { 'idempotency-key': 'cut' } });
  assert.deepEqual(statuses(again), ['accepted', 'accepted']);
});

test('a full queue asks to come again later, and forgets nothing of what it took', async () => {
  const queue = openEventQueue({
    database,
    model,
    clock: server.clock,
    institution: async () => defaultInstitution,
    onDefect: (error) => assert.fail(String(error)),
  });
  const submission = (request: number) => ({
    actor: systemActor,
    body: {
      source: 'test',
      events: Array.from({ length: 2_000 }, (_, index) => ({
        id: `${request}-${index}`,
        type: 'login',
        time: '2026-11-19',
        customer: { key: String(1 + (index % 30)) },
        data: {},
      })),
    },
    hold: false,
    key: null,
    sha256: '',
  });
  // All are asked before the database has answered the first.
  const answers = await Promise.allSettled(
    Array.from({ length: 11 }, (_, request) => queue.submit(submission(request))),
  );
  const last = answers.pop() as PromiseRejectedResult;
  assert.ok(last.reason instanceof Failure);
  assert.deepEqual([last.reason.kind.status, last.reason.kind.code], [429, 'events.busy']);
  assert.ok(Number(last.reason.params.retryAfterSeconds) >= 1);
  for (const answer of answers) {
    assert.ok(answer.status === 'fulfilled' && answer.value.every(({ status }) => status === 'accepted'));
  }
  const { rows } = await database.query<{ count: string }>('select count(*) from login');
  assert.equal(rows[0]!.count, '20000');
  await queue.close();
});

test('a server whose queue is full answers 429 and says when to come again, and then takes it', async () => {
  const many = (request: number) =>
    Array.from({ length: 2_000 }, (_, index) => ({
      id: `http-${request}-${index}`,
      type: 'login',
      time: '2026-11-19',
      customer: { key: String(1 + (index % 30)) },
      data: {},
    }));
  await send(many(0).slice(0, 1));
  const answers = await Promise.all(Array.from({ length: 14 }, (_, request) => send(many(request))));
  const busy = answers.findIndex(({ status }) => status === 429);
  assert.ok(busy >= 0, answers.map(({ status }) => status).join());
  assert.equal(answers[busy]!.json.code, 'events.busy');
  assert.ok(Number(answers[busy]!.headers['retry-after']) >= 1);
  assert.ok(answers.every(({ status }) => status === 429 || status < 300));
  assert.ok((await send(many(busy))).status < 300);
});

test('facts of events meet those of files: they have one id', async () => {
  await send([payment('same', 1, '5.00')]);
  const { rows } = await database.query<{ id: string }>('select id from transaction');
  assert.equal(rows[0]!.id, recordId('transaction', 'test', 'same'));
});
