import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { ids, PASSWORD, testServer } from '../server/testing.ts';
import { weaknessOf } from './common-passwords.ts';
import { putAccount } from './public.ts';

describe('what others think of too', () => {
  const isWeak = (password: string, personal: string[] = []) => weaknessOf(password, personal).length > 0;
  const words = readFileSync(new URL('data/common-words.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.split(/\s+/))
    .filter((word) => word.length >= 3);

  test('thousands of common words with what people add to them are refused', () => {
    const added = ['123456', '2026', '1990@', '!@#', '520', '19900101', '_1234', '12345678'];
    const candidates = words.flatMap((word) => added.map((tail) => `${word}${tail}`));
    const long = [...new Set(candidates)].filter((candidate) => candidate.length >= 8);
    assert.ok(long.length >= 3_000, String(long.length));
    assert.deepEqual(
      long.filter((candidate) => !isWeak(candidate)),
      [],
    );
  });

  test('patterns: pinyin names, keyboard walks, dates, telephone numbers, repeats, and other spellings of all these', () => {
    for (const password of [
      'woaini1314520',
      'zhangwei19900101',
      'wanglihua888888',
      'qwertyuiop123',
      '1qaz2wsx3edc',
      '1q2w3e4r5t6y',
      'asdfghjkl;123',
      '147258369000',
      '13812345678a',
      '1990-01-01abc',
      'abcabcabcabc',
      'abcdefghijkl',
      'P@ssw0rd1234!',
      'ＰａｓｓＷｏｒｄ２０２６',
      'Adm1n1strat0r!',
      'Tongguan@2026',
      'Beijing2026Summer!',
      'yinhang123456789',
    ])
      assert.ok(isWeak(password), password);
  });

  test('the own name and that of the institution are the first that are tried', () => {
    assert.equal(isWeak('quetzalcoatl-ocelot'), false);
    assert.equal(isWeak('Quetzalcoatl2026', ['quetzalcoatl']), true);
    assert.equal(isWeak('凌云银行2026年底', ['凌云银行']), true);
  });

  test('sentences and what a program makes up pass', () => {
    for (const password of [
      'a long enough sentence',
      'plough kettle sphinx',
      '长句子更安全也更好记住',
      'K7mx-9qpz-vbrd',
      'xK9#mQ2$vL5pwz',
    ])
      assert.equal(isWeak(password), false, password);
    const letters = fc.string({ minLength: 14, maxLength: 30, unit: fc.constantFrom(...'bcdfghjkmpqrtvwxz') });
    // Sixteen consonants in a row hold no words; only chance repetitions could be taken for a pattern.
    fc.assert(
      fc.property(letters, (password) => new Set(password).size < 8 || !isWeak(password)),
      { numRuns: 300 },
    );
  });
});

describe('changing passwords', async () => {
  const server = await testServer();
  after(() => server.close());
  const signIn = (username: string, password: string) =>
    server.call('POST', '/api/session', { body: { username, password } });
  const change = (current: string, password: string) =>
    server.call('POST', '/api/security/password', { as: 'rm001', body: { current, password } });

  test('takes the current one, says why a new one is refused, and ends the other sessions', async () => {
    const other = String((await signIn('rm001', PASSWORD)).headers['set-cookie']).split(';')[0]!;
    assert.deepEqual(
      [(await change('wrong', 'a long enough sentence')).json.code, (await change(PASSWORD, 'short')).json.code],
      ['identity.current_wrong', 'identity.password_length'],
    );
    const common = await change(PASSWORD, 'rm001-2026!woaini');
    assert.deepEqual([common.status, common.json.field], [422, 'password']);
    assert.match(common.json.message, /常见词语/);
    assert.equal((await change(PASSWORD, PASSWORD)).json.code, 'identity.password_same');
    assert.equal((await change(PASSWORD, 'a long enough sentence')).status, 204);
    assert.equal((await server.call('GET', '/api/session', { as: 'rm001' })).status, 200);
    assert.equal((await server.call('GET', '/api/session', { headers: { cookie: other } })).status, 401);
    assert.equal((await signIn('rm001', PASSWORD)).status, 401);
    assert.equal((await signIn('rm001', 'a long enough sentence')).status, 200);
  });

  test('an administrator gives a password for one sign-in, at which it must be changed', async () => {
    const reset = await server.call('POST', `/api/users/${ids.user('rm002')}/password`, { as: 'admin' });
    assert.equal(reset.status, 200, reset.text);
    const oneTime = reset.json.password as string;
    assert.match(oneTime, /^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    const first = await signIn('rm002', oneTime);
    assert.deepEqual(first.json, { next: 'new_password', methods: [] });
    assert.doesNotMatch(String(first.headers['set-cookie']), /tongguan_session/);
    const cookie = String(first.headers['set-cookie']).split(';')[0]!;
    assert.equal((await server.call('GET', '/api/session', { headers: { cookie } })).status, 401);
    const give = (password: string) =>
      server.call('POST', '/api/session/new-password', { headers: { cookie }, body: { password } });
    assert.equal((await give(oneTime)).json.code, 'identity.password_same');
    assert.equal((await give('a long enough sentence')).status, 200);
    assert.equal((await give('a long enough sentence')).status, 401);
    assert.equal((await signIn('rm002', 'a long enough sentence')).json.user.username, 'rm002');
  });

  test('a one-time password that nobody used is void after a week', async () => {
    const { password } = await putAccount(server.database, server.model, server.clock, {
      username: 'newcomer',
      roles: ['rm'],
    });
    server.clock.set('2026-11-27T02:01:00Z');
    assert.equal((await signIn('newcomer', password)).status, 401);
    server.clock.set('2026-11-20T02:00:00Z');
    assert.equal((await signIn('newcomer', password)).json.next, 'new_password');
  });

  test('nobody resets his own, and only who may resets that of others', async () => {
    for (const separated of ['security', 'auditor']) {
      const refused = await server.call('POST', `/api/users/${ids.user(separated)}/password`, { as: 'admin' });
      assert.deepEqual([refused.status, refused.json.code], [403, 'identity.password_of_separated_duty'], separated);
    }
    const own = await server.call('POST', `/api/users/${ids.user('admin')}/password`, { as: 'admin' });
    assert.equal(own.json.code, 'identity.not_yourself');
    const refused = await server.call('POST', `/api/users/${ids.user('admin')}/password`, { as: 'head01' });
    assert.equal(refused.status, 403);
    const events = await server.database.query<{ text: string }>('select detail::text as text from audit_event');
    assert.equal(events.rows.filter(({ text }) => /sentence|tongguan-demo/.test(text ?? '')).length, 0);
  });
});
