import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Failure } from '#kernel';
import { isSecretName, loadModel, tableOf } from './public.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tongguan-pack-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A pack with one entity of two fields, the second as given. */
function pack(field: string, more = 'indexes: []') {
  mkdirSync(path.join(folder, 'entities'), { recursive: true });
  writeFileSync(
    path.join(folder, 'entities', 'thing.yaml'),
    `code: thing
plural: things
label: { zh: 物, en: Thing }
description: { zh: 物, en: Thing }
storage: record
scope: institution
title: name
write: { create: true, update: true }
list: { columns: [name], sort: name, filters: [] }
${more}
fields:
  - { code: name, type: text, label: { zh: 名, en: Name }, class: C1, level: 1 }
  - { ${field}, class: C2, level: 3 }
`,
  );
  return loadModel([folder]);
}

const refused = (field: string, reason: RegExp, more?: string) =>
  assert.throws(
    () => pack(field, more),
    (error: unknown) => error instanceof Failure && reason.test(error.text('en')),
  );

test('an encrypted field is three columns: sealed, masked, blind index', () => {
  const table = tableOf(
    pack('code: phone, type: phone, label: { zh: 电话, en: Phone }, mask: phone, encrypted: true, search: tail').entity(
      'thing',
    ),
  );
  const names = table.columns.map(({ name }) => name);
  for (const column of ['phone', 'phone_masked', 'phone_index']) assert.ok(names.includes(column));
  const indexes = table.indexes.map(({ definition }) => definition);
  assert.ok(indexes.includes('(phone_index)') && indexes.includes('(reverse(phone_masked) text_pattern_ops)'));
});

test('what cannot be sealed is refused with the reason', () => {
  const phone = 'code: phone, type: phone, label: { zh: 电话, en: Phone }, encrypted: true';
  refused(phone, /needs a mask/);
  refused(`${phone}, mask: phone`, /no index may name it/, 'indexes: [[phone]]');
  refused(`${phone}, mask: phone, search: prefix`, /by its tail or whole only/);
  refused(
    'code: sum, type: money, label: { zh: 额, en: Sum }, mask: tail4, encrypted: true',
    /a money cannot be encrypted/,
  );
});

test('a pack has no place for PINs, passwords, card verification values and track data', () => {
  for (const code of ['cvv', 'card_cvn2', 'pin', 'login_password', 'track_data']) {
    refused(`code: ${code}, type: text, label: { zh: 值, en: Value }`, /never kept/);
  }
  refused('code: secret, type: text, label: { zh: 支付密码, en: Secret }', /never kept/);
  for (const name of ['pinyin', 'opinion', 'shipping', 'tracking_number', 'spinning', 'passport', 'id_number']) {
    assert.ok(!isSecretName(name), name);
  }
});
