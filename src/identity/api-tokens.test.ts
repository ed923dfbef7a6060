import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, PASSWORD, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

describe('API accounts', () => {
  let account = '';
  let token = '';
  let tokenId = '';
  const bearer = (text = token) => ({ authorization: `Bearer ${text}` });
  const make = (days: number, user = account) =>
    server.call('POST', `/api/users/${user}/tokens`, { as: 'admin', body: { name: '核心系统', days } });

  test('have tokens that are shown once and stored as a hash', async () => {
    const made = await server.call('POST', '/api/users', {
      as: 'admin',
      body: { name: '核心系统', username: 'core-system', kind: 'api', active: true },
    });
    assert.equal(made.status, 201, made.text);
    account = made.json.id;
    await server.database.query(`update "user" set roles = '{api}' where id = $1`, [account]);
    assert.equal((await make(366)).status, 400);
    assert.equal((await make(30, ids.user('rm001'))).json.code, 'identity.token_for_person');
    const answer = await make(30);
    assert.equal(answer.status, 201, answer.text);
    ({ token, id: tokenId } = answer.json);
    assert.match(token, /^tg_[\w-]{43}$/);
    assert.equal(answer.json.expiresAt, '2026-12-20T02:00:00.000Z');
    const listed = (await server.call('GET', `/api/users/${account}/tokens`, { as: 'admin' })).json;
    assert.deepEqual([listed.length, listed[0].name, listed[0].hint], [1, '核心系统', token.slice(0, 8)]);
    assert.ok(!JSON.stringify(listed).includes(token));
    const { rows } = await server.database.query<{ all: string }>(
      'select string_agg(t::text, chr(10)) || (select string_agg(detail::text, chr(10)) from audit_event) as all from api_token t',
    );
    assert.ok(!rows[0]!.all.includes(token.slice(8)));
  });

  test('call with them and nothing else: no cookies, no password, no proof', async () => {
    assert.equal((await server.call('GET', '/api/session', { headers: bearer() })).json.user.username, 'core-system');
    assert.equal((await server.call('GET', '/api/products', { headers: bearer() })).status, 200);
    assert.equal((await server.call('GET', '/api/day-plan', { headers: bearer('tg_invented') })).status, 401);
    // A cookie beside a token adds nothing, and a session's token is no API token.
    const signedIn = await server.call('POST', '/api/session', { body: { username: 'admin', password: PASSWORD } });
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!;
    const both = { headers: { ...bearer('tg_invented'), cookie } };
    assert.equal((await server.call('GET', '/api/session', both)).status, 401);
    assert.equal((await server.call('GET', '/api/session', { headers: bearer(cookie.split('=')[1]) })).status, 401);
    assert.equal(
      (await server.call('GET', '/api/session', { headers: { cookie: `tongguan_session=${token}` } })).status,
      401,
    );
    for (const [method, url] of [
      ['GET', '/api/security'],
      ['DELETE', '/api/session'],
      ['POST', '/api/session/step-up/options'],
    ] as const)
      assert.equal((await server.call(method, url, { headers: bearer() })).json.code, 'identity.person_needed');
    const stepUp = await server.call('POST', '/api/security/totp', { headers: bearer() });
    assert.deepEqual([stepUp.status, stepUp.json.code], [403, 'identity.step_up_impossible']);
    const password = await server.call('POST', `/api/users/${account}/password`, { as: 'admin' });
    assert.equal(password.json.code, 'identity.password_for_api');
  });

  test('may come from anywhere: a header that no page of another site can set', async () => {
    const headers = { ...bearer(), origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    assert.equal((await server.call('PATCH', '/api/session', { headers, body: { language: 'en' } })).status, 200);
  });

  test('are told when they ask too often', async () => {
    server.clock.set('2026-11-20T02:10:00Z');
    const seen = new Map<number, number>();
    for (let time = 0; time < 605; time++) {
      const { status } = await server.call('GET', '/api/session', { headers: bearer() });
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
    assert.deepEqual(
      [...seen],
      [
        [200, 600],
        [429, 5],
      ],
    );
    server.clock.set('2026-11-20T02:11:00Z');
    assert.equal((await server.call('GET', '/api/session', { headers: bearer() })).status, 200);
    const [listed] = (await server.call('GET', `/api/users/${account}/tokens`, { as: 'admin' })).json;
    assert.deepEqual([listed.usedAt, listed.usedFrom], ['2026-11-20T02:11:00.000Z', '127.0.0.1']);
  });

  test('end when revoked, when they expire, and with their user', async () => {
    const alive = async () => (await server.call('GET', '/api/session', { headers: bearer() })).status;
    await server.database.query('update "user" set active = false where id = $1', [account]);
    await new Promise((done) => setTimeout(done, 200));
    assert.equal(await alive(), 401);
    await server.database.query('update "user" set active = true where id = $1', [account]);
    assert.equal(await alive(), 200);
    server.clock.set('2026-12-20T02:00:00Z');
    assert.equal(await alive(), 401);
    server.clock.set('2026-11-20T02:12:00Z');
    assert.equal(await alive(), 200);
    const url = `/api/users/${account}/tokens/${tokenId}`;
    assert.equal((await server.call('DELETE', url, { as: 'head01' })).status, 403);
    assert.equal((await server.call('DELETE', url, { as: 'admin' })).status, 204);
    assert.equal((await server.call('DELETE', url, { as: 'admin' })).status, 404);
    assert.equal(await alive(), 401);
  });
});

describe('what tells how the program is doing', () => {
  test('is for this machine, for nobody whom a proxy passes on, and for who has the token', async () => {
    const closed = { address: '10.0.0.9' };
    const metrics = (options: object, on = server) => on.call('GET', '/metrics', options).then(({ status }) => status);
    assert.equal(await metrics({}), 200);
    assert.equal(await metrics({ headers: { 'x-forwarded-for': '10.0.0.9' } }), 404);
    assert.equal(await metrics(closed), 404);
    assert.equal(await metrics({ ...closed, headers: { authorization: 'Bearer scrape-me' } }), 404);
    const open = await testServer({ beside: server, settings: { metricsToken: 'scrape-me' } });
    try {
      assert.equal(await metrics({ ...closed, headers: { authorization: 'Bearer scrape-me' } }, open), 200);
      assert.equal(await metrics({ ...closed, headers: { authorization: 'Bearer scrape-m' } }, open), 404);
    } finally {
      await open.close();
    }
    assert.equal((await server.call('GET', '/readyz', closed)).status, 200);
  });
});
