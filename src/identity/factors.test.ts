import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { roles } from '#access';
import { resealRetired } from '#records';
import { rotateKeys } from '#vault';
import { type Answer, ids, PASSWORD, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

const START = Date.parse('2026-11-20T02:00:00Z');
const atSecond = (seconds: number) => server.clock.set(new Date(START + seconds * 1000));
const codeOf = (secret: string, steps = 0): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: server.clock().getTime() + steps * 30_000 });
const cookieOf = (answer: Answer, name: string): string =>
  new RegExp(`${name}=[^;]+`).exec(String(answer.headers['set-cookie']))![0];
const signIn = (username: string) => server.call('POST', '/api/session', { body: { username, password: PASSWORD } });
const giveFactor = (first: Answer, body: unknown) =>
  server.call('POST', '/api/session/second-factor', { headers: { cookie: cookieOf(first, 'tongguan_sign_in') }, body });

/** Sets up one-time codes for a user of the small institution. */
async function enrol(as: string): Promise<{ secret: string; codes: string[] }> {
  const { json } = await server.call('POST', '/api/security/totp', { as });
  const confirmed = await server.call('POST', '/api/security/totp/confirm', {
    as,
    body: { code: codeOf(json.secret) },
  });
  assert.equal(confirmed.status, 200, confirmed.text);
  return { secret: json.secret, codes: confirmed.json.recoveryCodes };
}

describe('one-time codes', () => {
  let secret = '';
  let codes: string[] = [];

  test('are set up with a text for scanning, and count only after the first right code', async () => {
    atSecond(0);
    const started = await server.call('POST', '/api/security/totp', { as: 'rm001' });
    assert.match(started.json.uri, /^otpauth:\/\/totp\/.*rm001\?.*secret=[A-Z2-7]{32}/);
    assert.equal((await signIn('rm001')).json.user.username, 'rm001');
    const wrong = await server.call('POST', '/api/security/totp/confirm', { as: 'rm001', body: { code: '000000' } });
    assert.equal(wrong.json.code, 'identity.code_wrong');
    ({ secret, codes } = await enrol('rm001'));
    assert.equal(new Set(codes).size, 10);
    const { rows } = await server.database.query<{ text: string }>(
      'select secret as text from totp union all select code_hash::text from recovery_code',
    );
    assert.ok(rows.every(({ text }) => !text.includes(secret) && !codes.some((code) => text.includes(code))));
  });

  test('are asked for at the sign-in, which opens nothing before', async () => {
    atSecond(60);
    const first = await signIn('rm001');
    assert.deepEqual(first.json, { next: 'second_factor', methods: ['totp', 'recovery'] });
    assert.doesNotMatch(String(first.headers['set-cookie']), /tongguan_session/);
    const pending = cookieOf(first, 'tongguan_sign_in');
    for (const cookie of [pending, pending.replace('sign_in', 'session')])
      assert.equal((await server.call('GET', '/api/session', { headers: { cookie } })).status, 401);
    const entered = await giveFactor(first, { code: codeOf(secret) });
    assert.equal(entered.status, 200, entered.text);
    assert.equal(entered.json.user.username, 'rm001');
    const headers = { cookie: cookieOf(entered, 'tongguan_session') };
    assert.equal((await server.call('GET', '/api/session', { headers })).status, 200);
    assert.equal((await giveFactor(first, { code: codeOf(secret, 1) })).json.code, 'identity.sign_in_over');
  });

  test('are good once, one step early or late, and no more', async () => {
    atSecond(90); // the code of second 60 was used
    assert.equal(
      (await giveFactor(await signIn('rm001'), { code: codeOf(secret, -1) })).json.code,
      'identity.proof_wrong',
    );
    atSecond(180);
    assert.equal((await giveFactor(await signIn('rm001'), { code: codeOf(secret, -2) })).status, 422);
    assert.equal((await giveFactor(await signIn('rm001'), { code: codeOf(secret, 2) })).status, 422);
    const code = codeOf(secret, 1);
    const both = await Promise.all([
      giveFactor(await signIn('rm001'), { code }),
      giveFactor(await signIn('rm001'), { code }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 422]);
    // An older step is void after a newer one.
    assert.equal((await giveFactor(await signIn('rm001'), { code: codeOf(secret, 0) })).status, 422);
  });

  test('a recovery code stands in for them, once', async () => {
    atSecond(1_000);
    const given = codes[0]!.toUpperCase().replaceAll('-', ' ');
    assert.equal((await giveFactor(await signIn('rm001'), { recoveryCode: given })).status, 200);
    assert.equal((await giveFactor(await signIn('rm001'), { recoveryCode: given })).status, 422);
    const view = await server.call('GET', '/api/security', { as: 'rm001' });
    assert.equal(view.json.recoveryCodesLeft, 9);
  });

  test('wrong ones end the sign-in and are slowed down, the password does not help', async () => {
    atSecond(5_000);
    await server.database.query('truncate sign_in_attempt');
    const first = await signIn('rm001');
    const seen = [];
    for (let time = 0; time < 6; time++) seen.push((await giveFactor(first, { code: '000000' })).json.code);
    assert.deepEqual(seen, [...Array(5).fill('identity.proof_wrong'), 'identity.sign_in_over']);
    const again = await giveFactor(await signIn('rm001'), { code: codeOf(secret) });
    assert.equal(again.json.code, 'identity.too_many');
    atSecond(5_060);
    assert.equal((await giveFactor(await signIn('rm001'), { code: codeOf(secret) })).status, 200);
  });

  test('a sign-in under way is over after five minutes', async () => {
    const first = await signIn('rm001');
    atSecond(5_400);
    assert.equal((await giveFactor(first, { code: codeOf(secret) })).json.code, 'identity.sign_in_over');
  });

  test('no path goes around them: a reset password leads to the same question', async () => {
    atSecond(6_000);
    const reset = await server.call('POST', `/api/users/${ids.user('rm001')}/password`, { as: 'admin' });
    assert.equal(reset.status, 200, reset.text);
    const first = await server.call('POST', '/api/session', {
      body: { username: 'rm001', password: reset.json.password },
    });
    assert.equal(first.json.next, 'second_factor');
    const cookie = cookieOf(first, 'tongguan_sign_in');
    const skip = await server.call('POST', '/api/session/new-password', {
      headers: { cookie },
      body: { password: 'plough kettle sphinx' },
    });
    assert.equal(skip.json.code, 'identity.step_out_of_order');
    for (const url of ['/api/session/enrol', '/api/session/enrol/confirm']) {
      const answer = await server.call('POST', url, { headers: { cookie }, body: { code: codeOf(secret) } });
      assert.equal(answer.json.code, 'identity.step_out_of_order');
    }
    const second = await giveFactor(first, { code: codeOf(secret) });
    assert.equal(second.json.next, 'new_password');
    const last = await server.call('POST', '/api/session/new-password', {
      headers: { cookie },
      body: { password: 'plough kettle sphinx' },
    });
    assert.equal(last.json.user.username, 'rm001');
  });

  test('a security administrator takes lost ones away, nobody else, and it is on record', async () => {
    const url = `/api/users/${ids.user('rm001')}/factors`;
    assert.equal((await server.call('DELETE', url, { as: 'admin' })).status, 403);
    assert.equal((await server.call('DELETE', url, { as: 'security' })).status, 204);
    const { rows } = await server.database.query<{ detail: unknown }>(
      `select detail from audit_event where detail->>'changed' = 'second_factors'`,
    );
    assert.deepEqual(rows, [{ detail: { changed: 'second_factors', removed: { keys: 0, totp: 1 } } }]);
    const entered = await server.call('POST', '/api/session', {
      body: { username: 'rm001', password: 'plough kettle sphinx' },
    });
    assert.equal(entered.json.user.username, 'rm001');
  });
});

describe('a role that asks for a second factor', () => {
  before(() => {
    atSecond(20_000);
    Object.assign(roles(server.model).get('auditor')!, { second_factor: 'required' });
  });
  after(() => {
    delete roles(server.model).get('auditor')!.second_factor;
  });

  test('lets nobody in who has none: it is set up while signing in', async () => {
    await server.database.query(`update "user" set roles = '{auditor}' where id = $1`, [ids.user('designer')]);
    const first = await signIn('designer');
    assert.deepEqual(first.json, { next: 'enrol_factor', methods: [] });
    const headers = { cookie: cookieOf(first, 'tongguan_sign_in') };
    const { json } = await server.call('POST', '/api/session/enrol', { headers });
    const confirm = (code: string) => server.call('POST', '/api/session/enrol/confirm', { headers, body: { code } });
    assert.equal((await confirm('123456')).json.code, 'identity.code_wrong');
    const entered = await confirm(codeOf(json.secret));
    assert.equal(entered.json.user.username, 'designer');
    assert.equal(entered.json.recoveryCodes.length, 10);
    const session = { cookie: cookieOf(entered, 'tongguan_session') };
    const removed = await server.call('DELETE', '/api/security/totp', { headers: session });
    assert.equal(removed.json.code, 'identity.factor_last');
    assert.equal((await signIn('designer')).json.next, 'second_factor');
  });
});

describe('a fresh proof', () => {
  test('by the password where there is no factor; the session gets a new token', async () => {
    atSecond(40_000);
    const entered = await signIn('head01');
    const old = { cookie: cookieOf(entered, 'tongguan_session') };
    const start = (headers: Record<string, string>) => server.call('POST', '/api/security/totp', { headers });
    assert.equal((await start(old)).status, 200);
    atSecond(40_000 + 301);
    const asked = await start(old);
    assert.deepEqual([asked.status, asked.json.code], [403, 'identity.step_up_needed']);
    assert.deepEqual((await server.call('GET', '/api/session/step-up', { headers: old })).json, {
      methods: ['password'],
    });
    const prove = (body: unknown, headers = old) => server.call('POST', '/api/session/step-up', { headers, body });
    assert.equal((await prove({ password: 'wrong' })).json.code, 'identity.proof_wrong');
    assert.equal((await prove({ password: PASSWORD, code: '123456' })).status, 400);
    const proven = await prove({ password: PASSWORD });
    assert.equal(proven.status, 204, proven.text);
    const renewed = { cookie: cookieOf(proven, 'tongguan_session') };
    assert.notEqual(renewed.cookie, old.cookie);
    assert.equal((await server.call('GET', '/api/session', { headers: old })).status, 401);
    assert.equal((await start(renewed)).status, 200);
    atSecond(40_000 + 301 + 301);
    assert.equal((await start(renewed)).json.code, 'identity.step_up_needed');
  });

  test('by the factor where there is one: the password is no longer enough', async () => {
    atSecond(50_000);
    const headers = { cookie: cookieOf(await signIn('head02'), 'tongguan_session') };
    const { json } = await server.call('POST', '/api/security/totp', { headers });
    await server.call('POST', '/api/security/totp/confirm', { headers, body: { code: codeOf(json.secret) } });
    atSecond(50_000 + 400);
    const prove = (body: unknown) => server.call('POST', '/api/session/step-up', { headers, body });
    assert.equal((await prove({ password: PASSWORD })).json.code, 'identity.proof_wrong');
    assert.equal((await prove({ code: codeOf(json.secret) })).status, 204);
  });

  test('secrets outlive the rotation of the keys that they are sealed with', async () => {
    const day = 86_400;
    atSecond(10 * day);
    const headers = { cookie: cookieOf(await signIn('supervisor'), 'tongguan_session') };
    const { json } = await server.call('POST', '/api/security/totp', { headers });
    await server.call('POST', '/api/security/totp/confirm', { headers, body: { code: codeOf(json.secret) } });
    await rotateKeys(server.database, ['seal'], async () => {});
    // The old key goes a day after nothing stands under it any more.
    for (const each of [10, 12, 14]) {
      atSecond(each * day + 60);
      await resealRetired(server.database, server.model);
    }
    const left = await server.database.query(`select from data_key where purpose = 'totp'`);
    assert.equal(left.rowCount, 1);
    const entered = await giveFactor(await signIn('supervisor'), { code: codeOf(json.secret) });
    assert.equal(entered.status, 200, entered.text);
  });

  test('is slowed down when it fails', async () => {
    atSecond(20 * 86_400);
    const headers = { cookie: cookieOf(await signIn('head01'), 'tongguan_session') };
    const seen = [];
    for (let time = 0; time < 6; time++) {
      seen.push(
        (await server.call('POST', '/api/session/step-up', { headers, body: { password: `no ${time}` } })).status,
      );
    }
    assert.deepEqual(seen, [422, 422, 422, 422, 422, 429]);
  });
});
