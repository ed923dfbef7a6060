import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { after, describe, test } from 'node:test';
import { ids, PASSWORD, testServer } from '../server/testing.ts';
import { networkOf } from './attempts.ts';

const server = await testServer();
after(() => server.close());

interface From {
  address?: string;
  cookie?: string;
  on?: typeof server;
}
const signIn = (username: string, password: string, { address, cookie, on = server }: From = {}) =>
  on.call('POST', '/api/session', {
    body: { username, password },
    ...(address ? { address } : {}),
    ...(cookie ? { headers: { cookie } } : {}),
  });
const deviceOf = (answer: { headers: Record<string, unknown> }): string =>
  /tongguan_device=[^;]+/.exec(String(answer.headers['set-cookie']))![0];
const at = (minutes: number) => server.clock.set(new Date(Date.parse('2026-11-20T02:00:00Z') + minutes * 60_000));
const fresh = async () => {
  at(0);
  await server.database.query('truncate sign_in_attempt, known_device');
};
const guess = async (username: string, times: number, from: From = {}) => {
  const seen: number[] = [];
  for (let time = 0; time < times; time++) seen.push((await signIn(username, `wrong ${time}`, from)).status);
  return seen;
};

describe('guessing', () => {
  test('is slowed down more and more, in every process and after a restart', async () => {
    await fresh();
    assert.deepEqual(await guess('rm001', 7), [401, 401, 401, 401, 401, 429, 429]);
    assert.equal((await signIn('rm001', PASSWORD)).status, 429);
    const other = await testServer({ beside: server });
    try {
      assert.equal((await signIn('rm001', PASSWORD, { on: other })).status, 429);
      at(0.6);
      assert.equal((await signIn('rm001', 'wrong', { on: other })).status, 401);
      at(1.2);
      assert.equal((await signIn('rm001', PASSWORD)).status, 429); // a minute by now
      at(1.7);
      assert.equal((await signIn('rm001', PASSWORD, { on: other })).status, 200);
      // A right password lets counting begin anew.
      assert.deepEqual(await guess('rm001', 4), [401, 401, 401, 401]);
    } finally {
      await other.close();
    }
  });

  test('many at once get no more attempts than one after the other', async () => {
    await fresh();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => signIn('head01', `wrong ${n}`)));
    assert.equal(answers.filter(({ status }) => status === 401).length, 5);
  });

  test('from one address with many names is stopped: lists of stolen passwords', async () => {
    await fresh();
    await signIn('someone', 'wrong', { address: '203.0.113.9' });
    await server.database.query('update sign_in_attempt set count = 95');
    for (let name = 95; name < 100; name++) await signIn(`someone${name}`, 'wrong', { address: '203.0.113.9' });
    assert.equal((await signIn('rm001', PASSWORD, { address: '203.0.113.9' })).status, 429);
    assert.equal((await signIn('rm001', PASSWORD, { address: '203.0.113.10' })).status, 200);
  });

  test('of one name from a thousand addresses is stopped, but not for the computer that its user knows', async () => {
    await fresh();
    const device = deviceOf(await signIn('rm002', PASSWORD, { address: '10.0.0.7' }));
    await signIn('rm002', 'wrong', { address: '198.51.100.99' });
    await server.database.query('update sign_in_attempt set count = 95');
    const seen: number[] = [];
    for (let host = 0; host < 7; host++)
      seen.push((await signIn('rm002', 'wrong', { address: `198.51.100.${host}` })).status);
    assert.deepEqual(seen, [401, 401, 401, 401, 401, 429, 429]);
    assert.equal((await signIn('rm002', PASSWORD, { address: '198.51.100.200' })).status, 429);
    assert.equal((await signIn('rm002', PASSWORD, { address: '198.51.100.200', cookie: device })).status, 200);
    assert.equal((await signIn('rm002', PASSWORD, { address: '10.0.0.7' })).status, 200);
  });

  test('others at the own address do not lock the known computer out; its own attempts count', async () => {
    await fresh();
    const device = deviceOf(await signIn('rm001', PASSWORD));
    await guess('rm001', 8);
    assert.equal((await signIn('rm001', PASSWORD)).status, 429);
    assert.equal((await signIn('rm001', PASSWORD, { cookie: device })).status, 200);
    assert.deepEqual(await guess('rm001', 6, { cookie: device }), [401, 401, 401, 401, 401, 429]);
    // A cookie that somebody made up is no computer that the user knows, nor is that of a colleague.
    assert.equal((await signIn('rm001', PASSWORD, { cookie: 'tongguan_device=invented' })).status, 429);
    const colleague = deviceOf(await signIn('rm002', PASSWORD, { address: '10.0.0.8' }));
    assert.equal((await signIn('rm001', PASSWORD, { cookie: colleague })).status, 429);
  });
});

describe('names', () => {
  test('cannot be found out: same answer, same work, same delays, for unknown, disabled and wrong', async () => {
    await fresh();
    await signIn('rm001', PASSWORD); // the decoy is made once
    let hashes = 0;
    subscribe('tongguan.identity.hash', () => {
      hashes += 1;
    });
    await server.database.query('update "user" set active = false where id = $1', [ids.user('head02')]);
    const seen = [];
    for (const [username, password] of [
      ['nobody-here', PASSWORD],
      ['rm002', 'wrong-password'],
      ['head02', PASSWORD],
    ] as const) {
      const before = hashes;
      const answers = [];
      for (let time = 0; time < 6; time++) {
        const { status, text } = await signIn(username, password, { address: `192.0.2.${username.length}` });
        answers.push({ status, text });
      }
      seen.push({ answers, hashes: hashes - before });
    }
    assert.equal(seen[0]!.hashes, 5);
    assert.deepEqual(seen[1], seen[0]);
    assert.deepEqual(seen[2], seen[0]);
  });

  test('every refusal is on record, with its reason and without the password', async () => {
    const { rows } = await server.database.query<{ detail: Record<string, string> }>(
      `select detail from audit_event where action = 'sign_in_refused'`,
    );
    const reasons = new Set(rows.map(({ detail }) => detail.reason));
    assert.deepEqual([...reasons].sort(), ['disabled', 'too_many', 'wrong']);
    assert.ok(rows.every(({ detail }) => detail.address !== undefined && detail.step === 'password'));
    assert.ok(!JSON.stringify(rows).includes(PASSWORD));
  });
});

describe('addresses', () => {
  test('of one IPv6 network count as one', () => {
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2::9'));
    assert.notEqual(networkOf('2001:db8:1:3::9'), networkOf('2001:db8:1:2::9'));
    assert.equal(networkOf('::ffff:10.0.0.1'), '10.0.0.1');
    assert.equal(networkOf('::1'), '0:0:0:0::/64');
  });

  test('are what connects; a header is believed from a trusted proxy only', async () => {
    const addressSeen = async (on: typeof server, address: string) => {
      await on.call('POST', '/api/session', {
        body: { username: 'nobody', password: 'wrong' },
        address,
        headers: { 'x-forwarded-for': '203.0.113.77', 'x-real-ip': '203.0.113.78' },
      });
      const { rows } = await server.database.query<{ address: string }>(
        `select detail->>'address' as address from audit_event where action = 'sign_in_refused' order by id desc limit 1`,
      );
      return rows[0]!.address;
    };
    assert.equal(await addressSeen(server, '192.0.2.50'), '192.0.2.50');
    const behind = await testServer({ beside: server, settings: { trustedProxies: ['10.9.0.0/16'] } });
    try {
      assert.equal(await addressSeen(behind, '10.9.0.1'), '203.0.113.77');
      assert.equal(await addressSeen(behind, '192.0.2.51'), '192.0.2.51');
    } finally {
      await behind.close();
    }
  });
});
