import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#database';
import { planned } from '#records';

test('a statement keeps its plan by a name of its text, unless it looks for a pattern, which no kept plan has an index for', () => {
  const list = planned('list', sql`select 1 from customer where number = ${'C1'}`);
  assert.match('name' in list ? list.name : '', /^list_/);
  assert.equal('name' in planned('list', sql`select 1 from customer where number like ${'C1%'}`), false);
  assert.equal('name' in planned('list', sql`select 1 from customer where reverse(phone) like ${'11%'}`), false);
});
