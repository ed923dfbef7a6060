import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ids, seedRows, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

before(async () => {
  const person = (key: string, name: string, birth: string | null, occupation: string, owner = 'rm001') => ({
    key,
    name,
    kind: 'person',
    birth_date: birth,
    occupation,
    owner: ids.user(owner),
    branch: ids.unit(owner === 'rm001' ? 'east' : 'west'),
  });
  await seedRows(server.database, server.model, 'customer', [
    person('q1', '小退', '2010-11-21', '退休'),
    person('q2', '小工', '2018-01-01', '工程师'),
    person('q3', '小学', '2018-01-01', '学生'),
    person('q4', '老退', '1955-01-01', '退休'),
    person('q5', '他人', '2018-01-01', '律师', 'rm002'),
    person('q6', '无日', null, '律师'),
  ]);
});

const create = (fields: object) =>
  server.call('POST', '/api/customers', { as: 'rm001', body: { name: '新客户', kind: 'person', ...fields } });

describe('data quality', () => {
  test('D-1: a phone that is none and a date that is none are refused, with the field named', async () => {
    for (const phone of ['1380001000', '138000100012', '12345678901', '电话']) {
      const answer = await create({ phone });
      assert.deepEqual([answer.status, answer.json.field], [422, 'phone'], phone);
    }
    for (const birth_date of ['2026-02-30', '1990-13-01', '昨天']) {
      const answer = await create({ birth_date });
      assert.deepEqual([answer.status, answer.json.field], [422, 'birth_date'], birth_date);
    }
    assert.equal((await create({ phone: '+86 138 0001 9999', birth_date: '1990-02-28' })).status, 201);
  });

  test('D-2: an age that does not fit the occupation is warned of, and stops nobody', async () => {
    assert.equal((await create({ birth_date: '2018-05-01', occupation: '工程师' })).status, 201);
    const counts = await server.call('GET', '/api/quality', { as: 'rm001' });
    assert.equal(counts.status, 200, counts.text);
    const of = (code: string) => counts.json.find((each: { code: string }) => each.code === code);
    assert.equal(of('minor_with_profession').count, 3);
    assert.equal(of('retired_too_young').count, 1);
    const rows = await server.call('GET', '/api/quality/minor_with_profession', { as: 'rm001' });
    assert.deepEqual(rows.json.map((row: { name: string }) => row.name).sort(), ['小退', '小工', '新客户'].sort());
    const metadata = await server.call('GET', '/api/metadata', { as: 'rm001' });
    assert.ok(metadata.json.quality.some((rule: { field: string }) => rule.field === 'occupation'));
  });

  test('each sees the warnings of whom he reaches, by fields that he sees clear', async () => {
    const all = await server.call('GET', '/api/quality/minor_with_profession', { as: 'head02' });
    assert.ok(all.json.some((row: { id: string }) => row.id === ids.customer('q5')));
    const masked = await server.call('GET', '/api/quality', { as: 'designer' });
    assert.deepEqual(masked.json, [], 'dates of birth are masked for him');
    assert.equal((await server.call('GET', '/api/quality', { as: 'admin' })).status, 403);
  });

  test('D-3: the same ID number is refused, the same mobile is told when a customer is made', async () => {
    assert.equal((await create({ id_number: '110105194912310038', phone: '13612345678' })).status, 201);
    const again = await create({ id_number: '110105194912310038' });
    assert.deepEqual([again.status, again.json.field], [409, 'id_number'], again.text);
    const told = await server.call('POST', '/api/customers/duplicates', {
      as: 'rm001',
      body: { phone: '13612345678', id_number: '110105194912310038' },
    });
    assert.deepEqual(
      told.json.duplicates.map((each: { field: string }) => each.field),
      ['id_number', 'phone'],
    );
  });
});
