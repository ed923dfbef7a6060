import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '../../api/governance.ts';
import { isSame, rightOf, ruleOf, withCondition, withGrant, withRule, withScope, withView } from './draft.ts';

const role: Role = {
  code: 'rm',
  label: { zh: '客户经理', en: 'RM' },
  description: { zh: '经营', en: 'Looks after' },
  duty: 'business',
  delegable: true,
  permissions: [],
  entities: { '@customer': { read: 'own' } },
  fields: [{ mask: 'phone', see: 'masked', edit: true }],
};

test('a scope of none is not written down, and going back leaves no trace', () => {
  const grant = withScope({ read: 'own', export: 'own' }, 'export', 'none');
  assert.deepEqual(grant, { read: 'own' });
  const changed = withGrant(role, 'note', { read: 'own' });
  assert.equal(isSame(changed, role), false);
  assert.equal(isSame(withGrant(changed, 'note', null), role), true);
  assert.deepEqual(withCondition({ read: 'own', where: 'a > 1' }, '  '), { read: 'own' });
});

test('a rule about a field stands beside the rule about its mask', () => {
  const target = { field: 'customer.phone' };
  const right = withView(rightOf(role.fields[0]!), 'clear');
  assert.deepEqual(right, { see: 'clear', edit: true, export: true, filter: false });
  const changed = withRule(role, target, right);
  assert.deepEqual(ruleOf(changed, target), { ...target, ...right });
  assert.deepEqual(ruleOf(changed, { mask: 'phone' }), role.fields[0]);
  assert.equal(isSame(withRule(changed, target, null), role), true);
});

test('what is hidden cannot be edited, exported or filtered by; what is masked cannot be filtered by', () => {
  const all = { see: 'clear', edit: true, export: true, filter: true } as const;
  assert.deepEqual(withView(all, 'hidden'), { see: 'hidden', edit: false, export: false, filter: false });
  assert.deepEqual(withView(all, 'masked'), { see: 'masked', edit: true, export: true, filter: false });
});
