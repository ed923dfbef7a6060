import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../api/types.ts';
import { pathTo, treeOf, type UnitNode } from './tree.ts';

const unit = (id: string, parent: string | null): Row => ({ id, parent: parent && { id: parent, label: parent } });
const ids = (nodes: UnitNode[]): unknown[] => nodes.map((node) => [node.row.id, ids(node.children)]);

test('units stand below their parents, strays at the top', () => {
  const rows = [unit('1', null), unit('2', '1'), unit('3', '2'), unit('4', 'gone')];
  assert.deepEqual(ids(treeOf(rows)), [
    ['1', [['2', [['3', []]]]]],
    ['4', []],
  ]);
  assert.deepEqual(pathTo(rows, '3'), ['1', '2']);
  assert.deepEqual(pathTo(rows, undefined), []);
});

test('a circle in the data hides nobody', () => {
  const rows = [unit('1', '2'), unit('2', '1'), unit('3', '3')];
  const shown = JSON.stringify(ids(treeOf(rows)));
  for (const id of ['1', '2', '3']) assert.ok(shown.includes(`"${id}"`));
  assert.deepEqual(pathTo(rows, '3'), ['3']);
});
