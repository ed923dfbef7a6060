import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field, Row } from '../api/types.ts';
import { changesOf, draftOf, problemOf } from './draft.ts';

const field = (code: string, rest: Partial<Field> = {}): Field => ({
  code,
  label: { zh: code, en: code },
  type: 'text',
  class: 'C1',
  access: { see: 'clear', edit: true, export: true },
  ...rest,
});
const zone = 'Asia/Shanghai';
const fields = [
  field('name', { required: true, max_length: 4 }),
  field('aum', { type: 'money', min: 0 }),
  field('count', { type: 'integer' }),
  field('active', { type: 'boolean', default: 'true' }),
  field('owner', { type: 'ref' }),
  field('roles', { type: 'choices' }),
  field('due', { type: 'datetime' }),
  field('phone', { type: 'phone', access: { see: 'masked', edit: true, export: true }, required: true }),
];
const row: Row = {
  id: '1',
  version: 3,
  name: '李明',
  aum: '100.00',
  count: 5,
  active: true,
  owner: { id: '9', label: '林' },
  roles: ['rm'],
  due: '2026-01-31T01:30:00Z',
  phone: '138****0000',
};

test('an untouched form changes nothing', () => {
  assert.deepEqual(changesOf(fields, draftOf(fields, row, zone), row, zone), {});
});

test('only what was changed is sent, in the shape of the API', () => {
  const draft = draftOf(fields, row, zone);
  assert.equal(draft.phone, '');
  assert.deepEqual(
    changesOf(
      fields,
      {
        ...draft,
        aum: '1,234.50',
        count: '7',
        owner: null,
        roles: [],
        due: '2026-02-01T00:00',
        phone: ' 13900000000 ',
      },
      row,
      zone,
    ),
    { aum: '1234.50', count: 7, owner: null, roles: null, due: '2026-01-31T16:00:00Z', phone: '13900000000' },
  );
});

test('a new row starts with the defaults and sends what is filled', () => {
  const draft = draftOf(fields, undefined, zone, { owner: { id: '2', label: '王' } });
  assert.deepEqual(changesOf(fields, { ...draft, name: '王芳' }, undefined, zone), {
    name: '王芳',
    active: true,
    owner: '2',
  });
});

test('a list of texts is typed with commas', () => {
  const list = [field('words', { type: 'text_list' })];
  assert.deepEqual(draftOf(list, { id: '1', words: ['甲', '乙'] }, zone), { words: '甲, 乙' });
  assert.deepEqual(changesOf(list, { words: '甲，丙, ' }, { id: '1', words: ['甲'] }, zone), { words: ['甲', '丙'] });
});

test('what can be known here is checked here', () => {
  const [name, aum, count, , , , due, phone] = fields as [Field, Field, Field, Field, Field, Field, Field, Field];
  assert.deepEqual(problemOf(name, '', undefined), { key: 'requiredField' });
  assert.deepEqual(problemOf(name, '一二三四五', undefined), { key: 'tooLong', limit: 4 });
  assert.deepEqual(problemOf(aum, '12x', undefined), { key: 'notNumber' });
  assert.deepEqual(problemOf(aum, '1.005', undefined), { key: 'tooPrecise', scale: 2 });
  assert.equal(problemOf(aum, '1.500', undefined), undefined);
  assert.deepEqual(problemOf(aum, '-1', undefined), { key: 'belowMin', limit: 0 });
  assert.deepEqual(problemOf(count, '1.5', undefined), { key: 'notWhole' });
  assert.deepEqual(problemOf(due, '2026-01-31', undefined), { key: 'notDate' });
  assert.equal(problemOf(phone, '', row), undefined);
  assert.deepEqual(problemOf(phone, '', undefined), { key: 'requiredField' });
});
