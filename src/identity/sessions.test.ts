import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Answer, ids, PASSWORD, type TestServer, testServer } from '../server/testing.ts';

const server = await testServer();
const other = await testServer({ beside: server });
after(async () => {
  await other.close();
  await server.close();
});

const sessionOf = (answer: Answer): string =>
  /tongguan_session=[^;]+/.exec(String(answer.headers['set-cookie']))?.[0] ?? assert.fail(answer.text);
const signIn = async (username: string, agent = 'test') =>
  sessionOf(
    await server.call('POST', '/api/session', {
      body: { username, password: PASSWORD },
      headers: { 'user-agent': agent },
    }),
  );
const ask = (on: TestServer, cookie: string) => on.call('GET', '/api/session', { headers: { cookie } });

/** Both servers know the session and answer from memory. */
async function warm(cookie: string): Promise<void> {
  for (let time = 0; time < 5; time++) {
    for (const each of [server, other]) assert.equal((await ask(each, cookie)).status, 200);
    await new Promise((done) => setTimeout(done, 20));
  }
}

const LIMIT_MS = 1_000;

/** Milliseconds until both servers give another answer. The clock of the program stands still: nothing merely runs out. */
async function until(changed: (on: TestServer) => Promise<boolean>): Promise<number> {
  const started = performance.now();
  for (;;) {
    const both = await Promise.all([changed(server), changed(other)]);
    const passed = performance.now() - started;
    if (both.every(Boolean)) return passed;
    assert.ok(passed < 5_000, 'nothing changed');
    await new Promise((done) => setTimeout(done, 10));
  }
}
const over = (cookie: string) => until(async (on) => (await ask(on, cookie)).status === 401);

describe('within a second in every process', () => {
  test('a session is over when its user is disabled by SQL by hand, and stays over', async () => {
    const cookie = await signIn('rm002');
    await warm(cookie);
    await server.database.query('update "user" set active = false where id = $1', [ids.user('rm002')]);
    assert.ok((await over(cookie)) < LIMIT_MS);
    await server.database.query('update "user" set active = true where id = $1', [ids.user('rm002')]);
    assert.equal((await ask(server, cookie)).status, 401);
  });

  test('roles count as they are now', async () => {
    const cookie = await signIn('rm002');
    await warm(cookie);
    await server.database.query(`update "user" set roles = '{branch_head}' where id = $1`, [ids.user('rm002')]);
    const ms = await until(async (on) => (await ask(on, cookie)).json.permissions.includes('team.read'));
    assert.ok(ms < LIMIT_MS, String(ms));
    await server.database.query(`update "user" set roles = '{rm}' where id = $1`, [ids.user('rm002')]);
    assert.ok((await until(async (on) => !(await ask(on, cookie)).json.permissions.includes('team.read'))) < LIMIT_MS);
  });

  test('a second post counts from when it is written until it is gone', async () => {
    const cookie = await signIn('rm002');
    await warm(cookie);
    await server.database.query(
      `insert into post (id, user_id, role, org_unit_id, kind, starts_on, created_at, updated_at, source, source_key)
       values (1, $1, 'supervisor', $2, 'additional', '2026-11-01', now(), now(), 'test', '1')`,
      [ids.user('rm002'), ids.unit('west')],
    );
    assert.ok((await until(async (on) => (await ask(on, cookie)).json.user.roles.includes('supervisor'))) < LIMIT_MS);
    await server.database.query('delete from post where id = 1');
    assert.ok((await until(async (on) => !(await ask(on, cookie)).json.user.roles.includes('supervisor'))) < LIMIT_MS);
  });

  test('signing out, ending sessions and a reset password end what they should', async () => {
    const [out, all, reset] = [await signIn('rm001'), await signIn('head01'), await signIn('rm002')];
    for (const cookie of [out, all, reset]) await warm(cookie);
    await other.call('DELETE', '/api/session', { headers: { cookie: out } });
    assert.ok((await over(out)) < LIMIT_MS);
    const ended = await other.call('DELETE', `/api/users/${ids.user('head01')}/sessions`, { as: 'security' });
    assert.equal(ended.status, 204, ended.text);
    const nobody = await other.call('DELETE', `/api/users/${ids.customer(1)}/sessions`, { as: 'security' });
    assert.deepEqual([nobody.status, nobody.json.code], [404, 'identity.user_unknown']);
    assert.ok((await over(all)) < LIMIT_MS);
    assert.equal((await other.call('POST', `/api/users/${ids.user('rm002')}/password`, { as: 'admin' })).status, 200);
    assert.ok((await over(reset)) < LIMIT_MS);
  });

  test('also while the connections that listen are cut: nothing is answered from memory then', async () => {
    const cookie = await signIn('rm001');
    await warm(cookie);
    const { rows } = await server.database.query<{ cut: boolean }>(
      `select pg_terminate_backend(pid) as cut from pg_stat_activity
        where datname = current_database() and application_name = 'tongguan tongguan_identity'`,
    );
    assert.equal(rows.length, 2);
    await server.database.query('delete from session where user_id = $1', [ids.user('rm001')]);
    assert.ok((await over(cookie)) < LIMIT_MS);
    // And memory comes back by itself.
    const next = await signIn('rm001');
    await new Promise((done) => setTimeout(done, 1_500));
    await warm(next);
  });
});

describe('my sessions', () => {
  test('are listed with device and address, and ended one by one or all but this', async () => {
    const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';
    const here = await signIn('supervisor', windows);
    const there = await signIn('supervisor', 'Mozilla/5.0 (Linux; Android 15) MicroMessenger/8.0');
    const third = await signIn('supervisor', 'curl/8.1');
    const call = (method: string, url: string) => server.call(method, url, { headers: { cookie: here } });
    const { sessions } = (await call('GET', '/api/security')).json;
    assert.deepEqual(
      sessions.map((each: { device: string; own: boolean }) => [each.device, each.own]),
      [
        ['curl', false],
        ['微信 · Android', false],
        ['Chrome · Windows', true],
      ],
    );
    assert.equal((await call('DELETE', `/api/security/sessions/${sessions[1].id}`)).status, 204);
    assert.equal((await call('DELETE', `/api/security/sessions/${sessions[1].id}`)).status, 404);
    assert.equal((await ask(server, there)).status, 401);
    assert.equal((await ask(server, third)).status, 200);
    assert.equal((await call('DELETE', '/api/security/sessions')).status, 204);
    assert.equal((await ask(server, third)).status, 401);
    assert.equal((await ask(server, here)).status, 200);
  });

  test('of others are nobody else’s', async () => {
    const mine = await signIn('supervisor');
    const { sessions } = (await server.call('GET', '/api/security', { headers: { cookie: mine } })).json;
    const url = `/api/security/sessions/${sessions[0].id}`;
    assert.equal((await server.call('DELETE', url, { as: 'designer' })).status, 404);
    assert.equal((await ask(server, mine)).status, 200);
    for (const as of ['rm001', 'admin'])
      assert.equal((await server.call('GET', `/api/users/${ids.user('supervisor')}/security`, { as })).status, 403);
  });
});
