import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { indexesOf, readSealedFields, recordRotation, resealRetired } from '#records';
import { checkKeys, keyStatus, openTestVault, rotateKeys, vaultLimits } from '#vault';
import { ids, testServer } from './testing.ts';

const server = await testServer();
const { database, model, clock } = server;
after(() => server.close());

const customer = model.entity('customer');
const phone = customer.fields.find(({ code }) => code === 'phone')!;
const id = ids.customer(1);
const PHONE = '13800010001';

const shown = async () => (await readSealedFields(database, customer, [phone], id)).phone;
const standing = async () => {
  const { rows } = await database.query<{ phone: string; phone_index: string }>(
    'select phone, phone_index from customer where id = $1',
    [id],
  );
  return rows[0]!;
};
const rotate = () => rotateKeys(database, ['seal', 'index'], (tx) => recordRotation(tx, clock(), ['seal', 'index']));
const later = (ms: number) => clock.set(new Date(clock().getTime() + ms));

test('after a rotation old values open, are found and are sealed anew; the record says that it happened', async () => {
  const before = await standing();
  assert.equal(await rotate(), true);
  assert.equal(await shown(), PHONE);
  assert.ok((await indexesOf(database, customer, phone, [PHONE])).includes(before.phone_index));
  assert.equal(await rotate(), false, 'an epoch is finished before the next begins');
  const { rows } = await resealRetired(database, model);
  assert.equal(rows, 30);
  const now = await standing();
  assert.notEqual(now.phone.split('.')[2], before.phone.split('.')[2]);
  assert.notEqual(now.phone_index.split('.')[0], before.phone_index.split('.')[0]);
  assert.equal(await shown(), PHONE);
  const events = await database.query(
    "select from audit_event where action = 'configure' and detail ->> 'keys' = 'rotated'",
  );
  assert.equal(events.rowCount, 1);
});

test('a value that a late transaction wrote under a retired key is sealed anew before the key is deleted', async () => {
  const late = await standing();
  await rotate();
  await resealRetired(database, model);
  await database.query('update customer set phone = $2, phone_index = $3 where id = $1', [
    id,
    late.phone,
    late.phone_index,
  ]);
  assert.ok((await indexesOf(database, customer, phone, [PHONE])).includes(late.phone_index), 'found meanwhile');
  later(25 * 3_600_000);
  const { rows, dropped } = await resealRetired(database, model);
  assert.equal(rows, 1);
  assert.ok(dropped > 0);
  assert.equal(await shown(), PHONE);
  assert.deepEqual(
    (await keyStatus(database)).filter(({ retired_at }) => retired_at),
    [],
  );
});

test('what is left of an erased customer is not kept', async () => {
  const gone = ids.customer(2);
  await database.query('update customer_salt set salt = null, erased_at = now() where customer_id = $1', [gone]);
  await rotate();
  const { rows } = await resealRetired(database, model);
  assert.equal(rows, 30);
  const { rows: left } = await database.query('select phone, phone_masked, phone_index from customer where id = $1', [
    gone,
  ]);
  assert.deepEqual(left[0], { phone: null, phone_masked: null, phone_index: null });
});

test('sm4 takes over with the next epoch, and aes is read on', async () => {
  openTestVault(clock, 'sm4');
  await rotate();
  assert.match((await standing()).phone, /^v1\.a\./);
  assert.equal(await shown(), PHONE);
  await resealRetired(database, model);
  assert.match((await standing()).phone, /^v1\.s\./);
  assert.equal(await shown(), PHONE);
  assert.ok((await checkKeys(database)) > 0);
});

test('a data key is due after 90 days', async () => {
  assert.ok((await keyStatus(database)).every(({ due }) => !due));
  later(vaultLimits.rotateDays * vaultLimits.dayMs + 1);
  const due = (await keyStatus(database)).filter((key) => key.due);
  assert.deepEqual(due.map(({ purpose }) => purpose).sort(), ['customer', 'user']);
});
