import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { ids, testServer, work } from '../server/testing.ts';
import { addressAllowed, targetUrl } from './address.ts';
import { PAUSE_SECONDS } from './deliver.ts';
import { post } from './post.ts';
import { putOut } from './public.ts';
import { notBefore } from './quiet.ts';

interface Received {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

const received: Received[] = [];
let answer: { status: number; headers?: Record<string, string> } = { status: 200 };
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(answer.status, answer.headers).end('thank you');
  });
});

await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
const server = await testServer();

const target = (more: object = {}) => ({
  label: { zh: '消息中心', en: 'Message hub' },
  url,
  internal: true,
  figures: false,
  active: true,
  ...more,
});

await prove();
const made = await server.call('POST', '/api/webhook-targets', { as: 'admin', body: { code: 'hub', ...target() } });
assert.equal(made.status, 201, made.text);
const secret: string = made.json.secret;
after(async () => {
  receiver.close();
  await server.close();
});
beforeEach(() => {
  received.length = 0;
  answer = { status: 200 };
});

/** Targets ask for a fresh proof of who is calling. */
async function prove() {
  const proof = await server.call('POST', '/api/session/step-up', { as: 'admin', body: { password: 'tongguan-demo' } });
  assert.ok(proof.status < 300, proof.text);
}

let number = 0;
async function put(more: Partial<Parameters<typeof putOut>[2][number]> = {}) {
  number += 1;
  const id = String(number);
  await server.database.transaction((tx) =>
    putOut(tx, server.clock, [
      {
        kind: 'webhook',
        id,
        target: 'hub',
        customerId: ids.customer(1),
        rule: 'large_outflow',
        notBefore: server.clock(),
        type: 'tongguan.rule.alert',
        subject: 'customer/C1001',
        data: { rule: 'large_outflow', figures: { aum: '5000000' } },
        ...more,
      } as Parameters<typeof putOut>[2][number],
    ]),
  );
  return id;
}

const row = async (id: string) =>
  (
    await server.database.query<Record<string, unknown>>(
      'select status, tries, error, not_before from outbox where id = $1',
      [id],
    )
  ).rows[0]!;

const pass = (seconds: number) => server.clock.set(new Date(server.clock().getTime() + seconds * 1000).toISOString());

test('an event is delivered once, signed, as a CloudEvent, without figures that the target does not take', async () => {
  const id = await put();
  await put({ id });
  await work(server);
  await work(server);
  assert.equal(received.length, 1);
  const [{ headers, body, url: path }] = received as [Received];
  assert.equal(path, '/hook');
  const event = JSON.parse(body);
  assert.equal(event.specversion, '1.0');
  assert.equal(event.id, id);
  assert.equal(event.type, 'tongguan.rule.alert');
  assert.equal(event.subject, 'customer/C1001');
  assert.equal(event.source, '/tongguan');
  assert.deepEqual(event.data, { rule: 'large_outflow' });
  assert.equal(headers['idempotency-key'], id);
  assert.equal(headers['webhook-id'], id);
  assert.match(headers['content-type']!, /^application\/cloudevents\+json/);
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${id}.${headers['webhook-timestamp']}.${body}`;
  assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  assert.equal((await row(id)).status, 'sent');
});

test('what fails is tried again after growing pauses under the same key, is dead in the end, and is sent again by hand', async () => {
  answer = { status: 503 };
  const began = server.clock().toISOString();
  const id = await put();
  await work(server);
  for (const [index, pause] of PAUSE_SECONDS.entries()) {
    assert.deepEqual([(await row(id)).status, (await row(id)).tries], ['waiting', index + 1]);
    pass(pause - 1);
    await work(server);
    assert.equal(received.length, index + 1, 'not before its time');
    pass(2);
    await work(server);
    assert.equal(received.length, index + 2);
  }
  assert.equal((await row(id)).status, 'dead');
  assert.equal(new Set(received.map(({ headers }) => headers['idempotency-key'])).size, 1);
  server.clock.set(began); // sessions end long before the last try
  const told = await server.call('GET', '/api/notifications', { as: 'admin' });
  assert.match(told.json.items[0].title, /消息中心/);

  const list = await server.call('GET', '/api/outbox?status=dead', { as: 'designer', language: 'en' });
  assert.equal(list.json.items[0].id, id);
  assert.match(list.text, /503/);
  assert.doesNotMatch(list.text, /C1001|5000000/);
  assert.equal((await server.call('POST', `/api/outbox/${id}/send`, { as: 'designer' })).status, 403);
  answer = { status: 204 };
  assert.equal((await server.call('POST', `/api/outbox/${id}/send`, { as: 'admin' })).status, 204);
  assert.equal((await server.call('POST', `/api/outbox/${id}/send`, { as: 'admin' })).status, 409);
  await work(server);
  assert.equal((await row(id)).status, 'sent');
  const { rows } = await server.database.query(
    `select detail from audit_event where entity = 'outbox' and record_id = $1`,
    [id],
  );
  assert.equal(rows.length, 1);
});

test('no redirect is followed, and what is gone is not asked again', async () => {
  answer = { status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere' } };
  const led = await put();
  await work(server);
  assert.deepEqual([received.length, (await row(led)).status], [1, 'dead']);
  answer = { status: 410 };
  const gone = await put();
  await work(server);
  assert.equal((await row(gone)).status, 'dead');
});

test('a target that is unknown or switched off gets nothing, and says why', async () => {
  const id = await put({ target: 'nobody' });
  await work(server);
  assert.equal(received.length, 0);
  assert.match(JSON.stringify((await row(id)).error), /nobody/);
});

test('nothing leaves about an erased customer', async () => {
  await server.database.query(
    `insert into customer_salt (customer_id, salt, erased_at) values ($1, null, now())
      on conflict (customer_id) do update set erased_at = now(), salt = null`,
    [ids.customer(3)],
  );
  const id = await put({ customerId: ids.customer(3) });
  await work(server);
  assert.deepEqual([received.length, (await row(id)).status], [0, 'refused']);
});

test('messages wait for their channel', async () => {
  const id = await put({ kind: 'message', target: 'sms', message: '1' } as never);
  await work(server);
  assert.equal((await row(id)).status, 'waiting');
});

test('targets are kept by system administrators with a fresh proof; secrets are sealed, shown once, and audited by name only', async () => {
  for (const as of ['designer', 'compliance', 'rm001', 'security']) {
    const refused = await server.call('POST', '/api/webhook-targets', { as, body: { code: 'x', ...target() } });
    assert.equal(refused.status, 403, as);
  }
  await prove();
  const taken = await server.call('POST', '/api/webhook-targets', { as: 'admin', body: { code: 'hub', ...target() } });
  assert.equal(taken.status, 409);
  for (const [more, status] of [
    [{ internal: false }, 400],
    [{ url: 'https://user:secret@bank.example/' }, 400],
    [{ url: 'file:///etc/passwd' }, 400],
    [{ url: 'https://bank.example/#x', internal: false }, 400],
  ] as const) {
    const answered = await server.call('POST', '/api/webhook-targets', {
      as: 'admin',
      body: { code: 'other', ...target(more) },
    });
    assert.equal(answered.status, status, JSON.stringify(more));
  }
  const [{ version }] = (await server.call('GET', '/api/webhook-targets', { as: 'designer' })).json;
  const change = (sent: number) =>
    server.call('PUT', '/api/webhook-targets/hub', {
      as: 'admin',
      body: { version: sent, ...target({ figures: true }) },
    });
  assert.equal((await change(version)).status, 204);
  assert.equal((await change(version)).status, 409);
  const renewed = await server.call('POST', '/api/webhook-targets/hub/secret', { as: 'admin' });
  assert.match(renewed.json.secret, /^whsec_/);
  assert.notEqual(renewed.json.secret, secret);
  const tried = await server.call('POST', '/api/webhook-targets/hub/test', { as: 'admin' });
  assert.equal(tried.json.status, 200);
  assert.equal(JSON.parse(received[0]!.body).type, 'tongguan.test');
  await put();
  await work(server);
  assert.deepEqual(JSON.parse(received[1]!.body).data.figures, { aum: '5000000' });

  const list = await server.call('GET', '/api/webhook-targets', { as: 'admin' });
  const { rows } = await server.database.query<{ text: string }>(
    `select (select json_agg(e)::text from audit_event e where entity = 'webhook_target') || (select json_agg(t)::text from webhook_target t) as text`,
  );
  for (const text of [list.text, rows[0]!.text]) {
    assert.doesNotMatch(text, new RegExp(`${escaped(secret)}|${escaped(renewed.json.secret)}`));
  }
  assert.match(rows[0]!.text, /renewed/);
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

test('a public target never leads inside, an internal one never outside, and neither to the own link', async () => {
  const inside = { internal: true };
  const outside = { internal: false };
  for (const address of ['10.1.2.3', '172.31.0.1', '192.168.1.1', '127.0.0.1', '::1', 'fd00::1', '::ffff:10.0.0.1']) {
    assert.deepEqual([addressAllowed(address, inside), addressAllowed(address, outside)], [true, false], address);
  }
  for (const address of ['203.0.113.9', '8.8.8.8', '2001:db8::1', '172.32.0.1']) {
    assert.deepEqual([addressAllowed(address, inside), addressAllowed(address, outside)], [false, true], address);
  }
  for (const address of [
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    'fe80::1',
    '::',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a00:1',
  ]) {
    assert.deepEqual([addressAllowed(address, inside), addressAllowed(address, outside)], [false, false], address);
  }
  assert.equal(targetUrl('http://bank.example/', outside), undefined);
  assert.ok(targetUrl('http://bus.bank.local/', inside));
  await assert.rejects(post(new URL('https://localhost/'), outside, {}, ''), /internal or reserved/);
});

test('messages wait for the end of the quiet hours, e-mail does not', () => {
  const hours = { from: 22, until: 8 };
  const at = (text: string) => new Date(`2026-11-20T${text}:00+08:00`);
  const leaves = (channel: string, text: string, quiet = hours) =>
    notBefore(channel, at(text), 'Asia/Shanghai', quiet).toISOString();
  assert.equal(leaves('sms', '21:59'), at('21:59').toISOString());
  assert.equal(leaves('sms', '22:00'), new Date('2026-11-21T08:00:00+08:00').toISOString());
  assert.equal(leaves('wechat', '02:30'), at('08:00').toISOString());
  assert.equal(leaves('sms', '08:00'), at('08:00').toISOString());
  assert.equal(leaves('email', '02:30'), at('02:30').toISOString());
  assert.equal(leaves('sms', '12:30', { from: 12, until: 14 }), at('14:00').toISOString());
  assert.equal(leaves('sms', '02:30', { from: 0, until: 0 }), at('02:30').toISOString());
});
