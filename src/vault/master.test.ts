import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Failure } from '#kernel';
import { fileMasterKeys } from './master.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tongguan-keys-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const secret = Buffer.alloc(32, 9);

const refused = async (act: Promise<unknown>, pattern: RegExp) => {
  await assert.rejects(act, (error: unknown) => {
    assert.ok(error instanceof Failure);
    assert.match(error.text('zh'), /./);
    assert.match(error.text('en'), pattern);
    return true;
  });
};

test('a master key is a file that only its user reads; it wraps and unwraps for one place', async () => {
  const keys = fileMasterKeys({ folder: path.join(folder, 'plain') });
  assert.deepEqual(await keys.list(), []);
  const id = await keys.make();
  assert.deepEqual(await keys.list(), [id]);
  const file = path.join(folder, 'plain', `master-${id}.key`);
  if (process.platform !== 'win32') {
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o700);
  }
  for (const cipher of ['aes', 'sm4'] as const) {
    const wrapped = await keys.wrap(id, 'here', secret, cipher);
    assert.ok(!wrapped.includes(secret.toString('base64url')));
    assert.deepEqual(await keys.unwrap(id, 'here', wrapped), secret);
    await refused(keys.unwrap(id, 'there', wrapped), /altered or moved/);
  }
});

test('an older master key stays when a newer one is made; one taken away is missed by name', async () => {
  const keys = fileMasterKeys({ folder: path.join(folder, 'two') });
  const first = await keys.make();
  const wrapped = await keys.wrap(first, 'here', secret, 'aes');
  const second = await keys.make();
  assert.equal(new Set(await keys.list()).size, 2);
  assert.deepEqual(await keys.unwrap(first, 'here', wrapped), secret);
  const file = path.join(folder, 'two', `master-${first}.key`);
  renameSync(file, `${file}.away`);
  await refused(keys.unwrap(first, 'here', wrapped), new RegExp(`the master key ${first} is not at`));
  renameSync(path.join(folder, 'two', `master-${second}.key`), file);
  await refused(keys.unwrap(first, 'here', wrapped), /does not match its name/);
});

test('under a passphrase the file is of no use by itself', async () => {
  const place = path.join(folder, 'sealed');
  let passphrase = 'correct horse battery staple';
  const keys = fileMasterKeys({ folder: place, passphrase: () => passphrase });
  const id = await keys.make();
  const wrapped = await keys.wrap(id, 'here', secret, 'aes');
  assert.deepEqual(await keys.unwrap(id, 'here', wrapped), secret);
  assert.match(readFileSync(path.join(place, readdirSync(place)[0]!), 'utf8'), /^v1p /);
  await refused(fileMasterKeys({ folder: place }).unwrap(id, 'here', wrapped), /TONGGUAN_MASTER_PASSPHRASE/);
  passphrase = 'wrong';
  await refused(keys.unwrap(id, 'here', wrapped), /passphrase is wrong/);
});
