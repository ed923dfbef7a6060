import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, PASSWORD, testServer } from '../server/testing.ts';
import { type AccountInput, putAccount } from './public.ts';

const server = await testServer();
after(() => server.close());

const signIn = (username: string, password: string) =>
  server.call('POST', '/api/session', { body: { username, password } });
const cookiesOf = (answer: { headers: Record<string, unknown> }): string[] =>
  [answer.headers['set-cookie'] ?? []].flat().map(String);
const cookieOf = (answer: { headers: Record<string, unknown> }, name: string): string =>
  cookiesOf(answer)
    .find((cookie) => cookie.startsWith(`${name}=`))!
    .split(';')[0]!;

describe('signing in', () => {
  test('opens a session that cannot be read by scripts, and closes it', async () => {
    const answer = await signIn('rm001', PASSWORD);
    assert.equal(answer.status, 200);
    assert.equal(answer.json.user.name, '王小明');
    assert.deepEqual(answer.json.user.orgUnit, { id: ids.unit('east'), label: '东城支行' });
    for (const cookie of cookiesOf(answer)) {
      assert.match(cookie, /HttpOnly/);
      assert.match(cookie, /SameSite=Strict/);
      assert.doesNotMatch(cookie, /Domain/);
    }
    const headers = { cookie: cookieOf(answer, 'tongguan_session') };
    assert.equal((await server.call('GET', '/api/session', { headers })).status, 200);
    assert.equal((await server.call('DELETE', '/api/session', { headers })).status, 204);
    assert.equal((await server.call('GET', '/api/session', { headers })).status, 401);
  });

  test('a session ends when idle and at the latest after its hours', async () => {
    server.clock.set('2026-11-20T03:00:00Z');
    const cookie = cookieOf(await signIn('head01', PASSWORD), 'tongguan_session');
    const alive = async (at: string) => {
      server.clock.set(at);
      return (await server.call('GET', '/api/session', { headers: { cookie } })).status;
    };
    assert.equal(await alive('2026-11-20T03:29:00Z'), 200);
    assert.equal(await alive('2026-11-20T03:58:00Z'), 200);
    assert.equal(await alive('2026-11-20T04:29:00Z'), 401);
    server.clock.set('2026-11-20T02:00:00Z');
  });

  test('the language is kept', async () => {
    const own = await server.call('PATCH', '/api/session', { as: 'rm001', body: { language: 'en' } });
    assert.equal(own.json.user.language, 'en');
  });

  test('behind TLS cookies belong to this host alone, and browsers are told to stay with https', async () => {
    const secure = await testServer({ beside: server, settings: { secureCookies: true } });
    try {
      const answer = await secure.call('POST', '/api/session', { body: { username: 'rm001', password: PASSWORD } });
      assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
      for (const cookie of cookiesOf(answer)) assert.match(cookie, /^__Host-tongguan_\w+=.*Path=\/;.*Secure/);
      const cookie = cookieOf(answer, '__Host-tongguan_session');
      assert.equal((await secure.call('GET', '/api/session', { headers: { cookie } })).status, 200);
      // What plain http or a neighbouring host could have planted does not count.
      const planted = cookie.replace('__Host-', '');
      assert.equal((await secure.call('GET', '/api/session', { headers: { cookie: planted } })).status, 401);
    } finally {
      await secure.close();
    }
  });
});

describe('requests from other sites', () => {
  const post = (headers: Record<string, string>) =>
    server.call('POST', '/api/session', { body: { username: 'rm001', password: PASSWORD }, headers });

  test('change nothing, whichever way the browser says where they come from', async () => {
    const places: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:81', host: 'localhost:80' },
    ];
    for (const headers of places) {
      const answer = await post(headers);
      assert.deepEqual([answer.status, answer.json.code], [403, 'http.cross_site'], JSON.stringify(headers));
    }
  });

  test('our own pages and programs without an origin pass', async () => {
    assert.equal((await post({ origin: 'http://localhost:80', host: 'localhost:80' })).status, 200);
    assert.equal((await post({ origin: 'http://localhost:7300', 'sec-fetch-site': 'same-origin' })).status, 200);
    assert.equal((await post({})).status, 200);
  });
});

describe('accounts made by the operator', () => {
  const make = (input: AccountInput) => putAccount(server.database, server.model, server.clock, input);

  test('the first administrator signs in with the password shown and takes one of his own', async () => {
    server.clock.set('2026-11-20T06:00:00Z');
    const { created, password } = await make({ username: 'chief', name: '首位管理员', roles: ['system_admin'] });
    assert.equal(created, true);
    const first = await signIn('chief', password);
    assert.deepEqual(first.json, { next: 'new_password', methods: [] });
    const session = await server.call('POST', '/api/session/new-password', {
      headers: { cookie: cookieOf(first, 'tongguan_sign_in') },
      body: { password: 'plough kettle sphinx' },
    });
    assert.equal(session.status, 200, session.text);
    assert.ok(session.json.permissions.includes('users.manage'));
    const again = await make({ username: 'chief', password: 'another long sentence' });
    assert.equal(again.created, false);
    const headers = { cookie: cookieOf(session, 'tongguan_session') };
    assert.equal((await server.call('GET', '/api/session', { headers })).status, 401);
    assert.equal((await signIn('chief', 'another long sentence')).json.user.roles[0], 'system_admin');
  });

  test('refuses what would not be a usable account', async () => {
    await assert.rejects(make({ username: 'x y', roles: ['rm'] }), /not valid/);
    await assert.rejects(make({ username: 'someone', roles: ['king'] }), /no role "king"/);
    await assert.rejects(make({ username: 'someone' }), /needs roles/);
    await assert.rejects(make({ username: 'someone', roles: ['rm'], password: 'short' }), /12 to 128/);
    assert.equal((await server.database.query(`select from "user" where username = 'someone'`)).rowCount, 0);
  });
});
