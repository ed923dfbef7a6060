import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entity, Field } from '../api/types.ts';
import { holds } from './condition.ts';
import { isShown } from './shown.ts';

const field = (code: string, rest: Partial<Field> = {}): Field => ({
  code,
  label: { zh: code, en: code },
  type: 'text',
  class: 'C1',
  access: { see: 'clear', edit: true, export: true },
  ...rest,
});
const kind = field('kind', { type: 'choice', options: [{ code: 'person', label: { zh: '个人', en: 'Person' } }] });
const entity = {
  code: 'customer',
  fields: [kind, field('aum', { type: 'money' }), field('owner', { type: 'ref' })],
} as Partial<Entity> as Entity;
const holding = (when: string, values: Record<string, unknown>) => holds(entity, when, values);

test('a condition over the row decides', () => {
  assert.equal(holding('kind = "person"', { kind: 'person' }), true);
  assert.equal(holding('kind = "person"', { kind: 'company' }), false);
  assert.equal(holding('kind = "person"', { kind: '' }), false);
  assert.equal(holding('kind = "person" and aum > 1000', { kind: 'person', aum: '1000.01' }), true);
  assert.equal(holding('owner = null', { owner: { id: '5', label: '林' } }), false);
  assert.equal(isShown(entity, kind, {}), true);
});

test('a field compared to one word needs no language', () => {
  const asked = field('x', { when: 'kind = "person"' });
  assert.equal(isShown(entity, asked, { kind: 'person' }), true);
  assert.equal(isShown(entity, asked, { kind: 'company' }), false);
  assert.equal(isShown(entity, asked, { kind: null }), false);
  assert.equal(isShown(entity, asked, {}), false);
});

test('what cannot be calculated holds', () => {
  assert.equal(holding('aum > 5', { aum: '12x' }), true);
  assert.equal(holding('nobody = 1', {}), true);
});
