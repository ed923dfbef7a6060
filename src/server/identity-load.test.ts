import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { testDatabase } from '#database';
import { parseMapping, runLoad } from '#integration';
import { fixedClock, systemActor } from '#kernel';
import { recordId } from '#metadata';
import { openTestVault } from '#vault';
import { packModel } from './model.ts';
import { migrate } from './schema.ts';

// Files of several systems about the same people.

const model = packModel();
const clock = fixedClock('2026-11-20T02:00:00Z');
openTestVault(clock);
const database = await testDatabase();
let home: string;

before(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'tongguan-identity-'));
  await migrate(database, model);
});
after(() => rmSync(home, { recursive: true, force: true }));

const mapping = (source: string, identify: boolean) => `
code: ${source}
label: { zh: ${source}, en: ${source} }
description: { zh: ${source}, en: ${source} }
source: ${source}
files:
  people: { path: ${source}-people.csv }
  accounts: { path: ${source}-accounts.csv }
loads:
  - entity: customer
    file: people
    key: '{no}'
    ${identify ? 'identify: true' : ''}
    fields:
      name: { column: name }
      kind: { value: person }
      number: { column: no }
      id_number: { column: id }
      phone: { column: phone }
  - entity: account
    file: accounts
    key: '{account}'
    fields:
      customer: { key: '{no}' }
      number: { column: account }
      currency: { value: CNY }
`;

async function load(source: string, identify: boolean) {
  const document = parseMapping(mapping(source, identify), `${source}.yaml`);
  return runLoad(
    { database, model, clock, actor: systemActor },
    { document, folder: home, home, language: 'en', date: '2026-11-19', force: true },
  );
}

const count = async (text: string) => Number((await database.query<{ n: string }>(text)).rows[0]!.n);

test('the customers of a second system lead to those of the first, and so do their accounts', async () => {
  writeFileSync(
    path.join(home, 'core-people.csv'),
    'no,name,id,phone\n1,张伟,110105194912310038,13800010001\n2,李娜,110105198001010016,13800010002\n',
  );
  writeFileSync(path.join(home, 'core-accounts.csv'), 'account,no\nA1,1\n');
  // 张偉 is 张伟 in traditional characters; 88 carries the ID number of 李娜 under another name; 99 is new.
  writeFileSync(
    path.join(home, 'credit-people.csv'),
    'no,name,id,phone\n77,張偉,110105194912310038,13900010009\n88,李那,110105198001010016,\n99,新人,110105199003070017,13700000003\n',
  );
  writeFileSync(path.join(home, 'credit-accounts.csv'), 'account,no\nB7,77\nB9,99\n');
  await load('core', true);
  const second = await load('credit', true);
  const first = recordId('customer', 'core', '1');
  assert.equal(await count('select count(*) as n from customer'), 4);
  assert.equal(await count(`select count(*) as n from account where customer_id = ${first}`), 2);
  assert.equal(
    await count(
      `select count(*) as n from customer_identity where system = 'credit' and external_id = '77' and customer_id = ${first}`,
    ),
    1,
  );
  assert.ok(second.notes.some(({ en }) => en.startsWith('1 rows of credit-people.csv')));
  // The first system keeps him: nothing of him changed.
  assert.equal(
    await count(`select count(*) as n from customer where id = ${first} and version = 1 and name = '张伟'`),
    1,
  );
  // Somebody looks for who may be one, once the load is done.
  assert.equal(await count(`select count(*) as n from job where kind = 'identity.detect'`), 1);
});

test('the same file again changes nothing, also without the rules', async () => {
  for (const identify of [true, false]) {
    const again = await load('credit', identify);
    assert.equal(again.changed, false, JSON.stringify(again.figures));
    assert.equal(await count('select count(*) as n from customer'), 4);
    assert.equal(
      await count(`select count(*) as n from account where customer_id = ${recordId('customer', 'core', '1')}`),
      2,
    );
  }
});
