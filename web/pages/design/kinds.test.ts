import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Body } from '../../api/definitions.ts';
import { codeFor, differences, isSame, tidy } from './kinds.ts';

const label = { zh: '大额流出', en: 'Large outflow' };

test('a code is made of the English name, else of the kind and a free number', () => {
  assert.equal(codeFor('tags', 'Large outflow (30 %)', new Set()), 'large_outflow_30');
  assert.equal(codeFor('tags', 'Large outflow', new Set(['large_outflow'])), 'large_outflow_2');
  assert.equal(codeFor('tags', '', new Set(['tag_1'])), 'tag_2');
  assert.equal(codeFor('metrics', '30 days', new Set()), 'days');
});

test('what nobody wrote is left out, and one name stands in for the other', () => {
  const body: Body = {
    code: 'x',
    label: { zh: '沉默', en: ' ' },
    description: { zh: '', en: '' },
    if: '',
    keep_if: '',
  };
  assert.deepEqual(tidy('tags', body), { code: 'x', label: { zh: '沉默', en: '沉默' }, if: '' });
  assert.deepEqual(tidy('metrics', { code: 'x', label, measure: { function: 'count', entity: 'login', where: '' } }), {
    code: 'x',
    label,
    measure: { function: 'count', entity: 'login' },
  });
});

test('two versions differ by part, whatever the order of keys', () => {
  const before: Body = { code: 'x', label, measure: { function: 'sum', entity: 'transaction', days: 30 } };
  const after: Body = { label, measure: { entity: 'transaction', function: 'sum', days: 7 }, code: 'x', color: 'red' };
  assert.deepEqual(differences(before, after), [
    { path: 'measure/days', before: 30, after: 7 },
    { path: 'color', before: null, after: 'red' },
  ]);
  assert.ok(isSame({ a: 1, b: { c: 2, d: undefined } }, { b: { c: 2 }, a: 1 }));
});
