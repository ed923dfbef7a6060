import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, PASSWORD, testServer } from '../server/testing.ts';
import { type AccountInput, putAccount } from './public.ts';

const server = await testServer();
after(() => server.close());

describe('signing in', () => {
  const signIn = (username: string, password: string) =>
    server.call('POST', '/api/session', { body: { username, password } });

  test('opens a session that cannot be read by scripts, and closes it', async () => {
    const answer = await signIn('rm001', PASSWORD);
    assert.equal(answer.status, 200);
    assert.equal(answer.json.user.name, '王小明');
    assert.deepEqual(answer.json.user.orgUnit, { id: ids.unit('east'), label: '东城支行' });
    const cookie = String(answer.headers['set-cookie']);
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Strict/);
    const headers = { cookie: cookie.split(';')[0]! };
    assert.equal((await server.call('GET', '/api/session', { headers })).status, 200);
    assert.equal((await server.call('DELETE', '/api/session', { headers })).status, 204);
    assert.equal((await server.call('GET', '/api/session', { headers })).status, 401);
  });

  test('tells neither which of name and password was wrong, nor lets anybody guess for long', async () => {
    const wrongName = await signIn('nobody', PASSWORD);
    const wrongPassword = await signIn('rm002', 'wrong-password');
    assert.equal(wrongName.status, 401);
    assert.deepEqual(wrongName.json, wrongPassword.json);
    for (let attempt = 1; attempt < 10; attempt++) await signIn('rm002', 'wrong-password');
    const locked = await signIn('rm002', PASSWORD);
    assert.equal(locked.status, 429);
    server.clock.set('2026-11-20T02:16:00Z');
    assert.equal((await signIn('rm002', PASSWORD)).status, 200);
  });

  test('a disabled user is out', async () => {
    const cookie = String((await signIn('designer', PASSWORD)).headers['set-cookie']).split(';')[0]!;
    const user = (await server.call('GET', `/api/users/${ids.user('designer')}`, { as: 'admin' })).json;
    const patch = await server.call('PATCH', `/api/users/${user.id}`, {
      as: 'admin',
      body: { version: user.version, active: false },
    });
    assert.equal(patch.status, 200, patch.text);
    server.clock.set('2026-11-20T02:20:00Z');
    assert.equal((await server.call('GET', '/api/session', { headers: { cookie } })).status, 401);
    assert.equal((await signIn('designer', PASSWORD)).status, 401);
  });

  test('a session ends when idle and at the latest after its hours', async () => {
    server.clock.set('2026-11-20T03:00:00Z');
    const cookie = String((await signIn('head01', PASSWORD)).headers['set-cookie']).split(';')[0]!;
    const alive = async (at: string) => {
      server.clock.set(at);
      return (await server.call('GET', '/api/session', { headers: { cookie } })).status;
    };
    assert.equal(await alive('2026-11-20T03:29:00Z'), 200);
    assert.equal(await alive('2026-11-20T03:58:00Z'), 200);
    assert.equal(await alive('2026-11-20T04:29:00Z'), 401);
  });

  test('passwords: too short, too common, the own name', async () => {
    server.clock.set('2026-11-20T02:21:00Z');
    const set = (password: string) =>
      server.call('POST', `/api/users/${ids.user('rm002')}/password`, { as: 'admin', body: { password } });
    for (const password of ['short', '123456123456', 'aaaaaaaaaaaaaa']) {
      const answer = await set(password);
      assert.deepEqual([answer.status, answer.json.field], [422, 'password'], password);
    }
    assert.equal((await set('a long enough sentence')).status, 204);
    assert.equal((await signIn('rm002', 'a long enough sentence')).status, 200);
    const own = await server.call('PATCH', '/api/session', { as: 'rm001', body: { language: 'en' } });
    assert.equal(own.json.user.language, 'en');
  });

  test('requests from other sites change nothing', async () => {
    const answer = await server.call('POST', '/api/session', {
      body: { username: 'rm001', password: PASSWORD },
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    assert.equal(answer.status, 403);
  });
});

describe('accounts made by the operator', () => {
  const make = (input: AccountInput) => putAccount(server.database, server.model, server.clock, input);

  test('a first administrator signs in with the password shown; a reset ends the sessions', async () => {
    server.clock.set('2026-11-20T06:00:00Z');
    const { created, password } = await make({ username: 'chief', name: '首位管理员', roles: ['system_admin'] });
    assert.equal(created, true);
    const signIn = (secret: string) =>
      server.call('POST', '/api/session', { body: { username: 'chief', password: secret } });
    const session = await signIn(password);
    assert.equal(session.status, 200);
    assert.ok(session.json.permissions.includes('users.manage'));
    const again = await make({ username: 'chief', password: 'another long sentence' });
    assert.equal(again.created, false);
    const cookie = String(session.headers['set-cookie']).split(';')[0]!;
    assert.equal((await server.call('GET', '/api/session', { headers: { cookie } })).status, 401);
    assert.equal((await signIn('another long sentence')).json.user.roles[0], 'system_admin');
  });

  test('refuses what would not be a usable account', async () => {
    await assert.rejects(make({ username: 'x y', roles: ['rm'] }), /not valid/);
    await assert.rejects(make({ username: 'someone', roles: ['king'] }), /no role "king"/);
    await assert.rejects(make({ username: 'someone' }), /needs roles/);
    await assert.rejects(make({ username: 'someone', roles: ['rm'], password: 'short' }), /12 to 128/);
    assert.equal((await server.database.query(`select from "user" where username = 'someone'`)).rowCount, 0);
  });
});
