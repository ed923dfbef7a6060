import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entity, Field } from '../api/types.ts';
import {
  columnsOf,
  filterable,
  filtersOf,
  formatFilter,
  nextSort,
  parseFilter,
  questionOf,
  sortCode,
  withFilter,
} from './question.ts';

const field = (code: string, rest: Partial<Field> = {}): Field => ({
  code,
  label: { zh: code, en: code },
  type: 'text',
  class: 'C1',
  access: { see: 'clear', edit: true, export: true },
  ...rest,
});

const entity: Entity = {
  code: 'customer',
  plural: 'customers',
  label: { zh: '客户', en: 'Customer' },
  description: { zh: '', en: '' },
  storage: 'record',
  scope: 'institution',
  title: 'name',
  list: { columns: ['name', 'aum'], sort: '-aum', filters: ['tier'] },
  write: { create: true, update: true },
  sortable: ['aum', 'pinyin', 'owner'],
  ordered: ['aum'],
  listFields: [],
  access: { read: true, create: true, update: true, export: true },
  fields: [
    field('name', { search: 'name' }),
    field('aum', { type: 'money' }),
    field('tier', { type: 'choice' }),
    field('owner', { type: 'ref' }),
    field('phone', { type: 'phone', access: { see: 'masked', edit: true, export: true } }),
    field('notes_hidden', { hidden: true }),
    field('secret', { access: { see: 'hidden', edit: false, export: false } }),
  ],
};

test('a filter keeps every colon and comma of its value', () => {
  const filter = { field: 'due_at', op: 'between', value: '2026-01-01T00:00:00Z,2026-01-02T00:00:00Z' } as const;
  assert.deepEqual(parseFilter(formatFilter(filter)), filter);
  assert.deepEqual(parseFilter('tier:is_null'), { field: 'tier', op: 'is_null', value: '' });
  assert.equal(parseFilter('tier:like:x'), undefined);
  assert.equal(parseFilter('tier'), undefined);
});

test('one filter per field; unknown fields of an old address are dropped', () => {
  const search = { filter: ['tier:eq:gold', 'gone:eq:1', 'tier:in:gold,private'] };
  assert.deepEqual(filtersOf(entity, search), [{ field: 'tier', op: 'in', value: 'gold,private' }]);
  assert.deepEqual(withFilter(search, 'tier', undefined), { filter: ['gone:eq:1'] });
  assert.deepEqual(withFilter({ filter: ['tier:eq:gold'] }, 'tier', undefined), { filter: undefined });
});

test('a heading turns the order, then turns it back', () => {
  const [name, aum] = [entity.fields[0]!, entity.fields[1]!];
  assert.equal(sortCode(entity, aum), 'aum');
  assert.equal(sortCode(entity, name), 'pinyin');
  assert.equal(sortCode(entity, entity.fields[2]!), undefined);
  assert.equal(nextSort(entity, {}, name), 'pinyin');
  assert.equal(nextSort(entity, {}, aum), 'aum');
  assert.equal(nextSort(entity, { sort: 'aum' }, aum), '-aum');
  const owner = entity.fields[3]!;
  assert.equal(nextSort(entity, {}, owner), 'owner');
  assert.equal(nextSort(entity, { sort: 'owner' }, owner), '-owner');
  assert.equal(nextSort(entity, { sort: '-owner' }, owner), undefined);
});

test('columns: the address before the choice before the definition; never what may not be seen', () => {
  const codes = (columns: Field[]) => columns.map((column) => column.code);
  assert.deepEqual(codes(columnsOf(entity, {}, undefined)), ['name', 'aum']);
  assert.deepEqual(codes(columnsOf(entity, {}, ['aum', 'tier'])), ['aum', 'tier']);
  assert.deepEqual(codes(columnsOf(entity, { columns: 'tier,secret,notes_hidden,gone' }, ['aum'])), ['tier']);
  assert.deepEqual(codes(columnsOf(entity, { columns: 'secret' }, undefined)), ['name', 'aum']);
});

test('the question names the row even when its title is no column', () => {
  const question = questionOf(entity, { q: '李', columns: 'aum' }, columnsOf(entity, { columns: 'aum' }, undefined));
  assert.deepEqual(question, { q: '李', filter: [], sort: undefined, columns: ['name', 'aum'] });
});

test('what is masked narrows nothing', () => {
  assert.deepEqual(
    filterable(entity).map((each) => each.code),
    ['name', 'aum', 'tier', 'owner'],
  );
});
