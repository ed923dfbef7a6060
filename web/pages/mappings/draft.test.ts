import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldValue, InspectedColumn, Mapping } from '../../api/gateway.ts';
import { changeKind, kindOf, withoutAlternative } from './draft.ts';
import { addLookup, changeLookup, joinedColumns, removeLookup, reuseLookup } from './lookups.ts';

const fresh: FieldValue = { column: 'a' };

test('a value that becomes the first of several stays whole, and is the field’s own again when it is the last one left', () => {
  const own: FieldValue = { column: 'x', codes: { values: { 1: 'yes' } }, default: 'no', initial: true };
  const several = changeKind(own, 'first_of', fresh);
  assert.equal(kindOf(several), 'first_of');
  assert.deepEqual(several, {
    first_of: [{ column: 'x', codes: { values: { 1: 'yes' } } }, fresh],
    default: 'no',
    initial: true,
  });
  assert.deepEqual(withoutAlternative(several, 1), own);
  const three = { ...several, first_of: [...several.first_of!, { value: 'z' }] };
  assert.deepEqual(withoutAlternative(three, 0).first_of, [fresh, { value: 'z' }]);
});

test('a reference keeps whose key it is and what happens when nobody has it', () => {
  const key: FieldValue = { key: '{no}', source: 'crm', absent: 'empty' };
  const several = changeKind(key, 'first_of', { key: '' });
  assert.deepEqual(several, { first_of: [{ key: '{no}', source: 'crm' }, { key: '' }], absent: 'empty' });
  assert.deepEqual(changeKind(several, 'key', { key: '' }), key);
  assert.deepEqual(changeKind(undefined, 'first_of', { key: '' }), { first_of: [{ key: '' }, { key: '' }] });
  assert.deepEqual(changeKind(key, 'key', { key: '' }, 'other'), { ...key, key: '{other}' });
});

test('another way leaves codes and default, and a fresh field begins with the first column', () => {
  assert.deepEqual(changeKind(undefined, 'column', fresh), fresh);
  assert.deepEqual(changeKind({ column: 'x', default: '0' }, 'expression', fresh), { expression: '', default: '0' });
  assert.deepEqual(changeKind({ text: '{x}' }, 'column', fresh, 'y'), { column: 'y' });
});

const column = (name: string, distinct: number): InspectedColumn => ({
  name,
  type: 'text',
  pattern: null,
  samples: [],
  empty: 0,
  distinct,
});

const mapping: Mapping = {
  code: 'm',
  source: 'core',
  label: { zh: '甲', en: 'A' },
  files: { people: { path: ['people.csv'] }, 'who-is': { path: ['who.csv'] } },
  loads: [
    { entity: 'customer', file: 'people', key: '{no}', fields: {} },
    { entity: 'account', file: 'people', key: '{account}', fields: {} },
  ],
};
const theirs = [column('kind', 3), column('no', 90), column('name', 80)];

test('a look-up joins by the column that both files have, offers its columns, and goes when nobody uses it', () => {
  const one = addLookup(mapping, 0, 'who-is', ['name_of', 'kind', 'no'], theirs);
  assert.deepEqual(one.lookups, { who_is: { file: 'who-is', by: ['no'] } });
  assert.deepEqual(one.loads[0]!.with, { who_is: { by: ['no'] } });
  assert.deepEqual(
    joinedColumns(one, one.loads[0]!.with, () => ['no', 'name']),
    ['who_is.no', 'who_is.name'],
  );
  const two = reuseLookup(one, 1, 'who_is', ['account', 'no']);
  assert.deepEqual(two.loads[1]!.with, { who_is: { by: ['no'] } });
  const picked = changeLookup(
    two,
    1,
    'who_is',
    { ...two.lookups!.who_is!, pick: 'last' },
    { by: ['account'], absent: 'empty' },
  );
  assert.equal(picked.lookups!.who_is!.pick, 'last');
  assert.deepEqual(
    picked.loads.map((load) => load.with?.who_is?.by),
    [['no'], ['account']],
  );
  const left = removeLookup(picked, 0, 'who_is');
  assert.deepEqual(left.lookups, picked.lookups, 'the other step uses it');
  assert.equal(left.loads[0]!.with, undefined);
  assert.deepEqual(removeLookup(left, 1, 'who_is'), mapping);
});

test('two look-ups into one file have two names', () => {
  const one = addLookup(mapping, 0, 'who-is', ['no'], theirs);
  const two = addLookup(one, 0, 'who-is', ['no'], theirs);
  assert.deepEqual(Object.keys(two.lookups ?? {}), ['who_is', 'who_is_2']);
});
