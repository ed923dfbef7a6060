import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadMapping } from '../../api/types.ts';
import { holds } from './sums.ts';

const label = { zh: '', en: '' };
const mapping = (...files: string[]): LoadMapping => ({
  code: 'm',
  label,
  description: label,
  version: 0,
  files: files.map((file) => ({ file, entity: 'customer' })),
});

test('a folder suits a mapping when no file is missing', () => {
  const folder = { folder: 'inbox/today', files: ['CLIENT.ASC', 'trans_20260131.csv', 'readme.txt'] };
  assert.equal(holds(folder, mapping('client.asc', 'trans_*.csv')), true);
  assert.equal(holds(folder, mapping('client.asc', 'loan.asc')), false);
  assert.equal(holds(folder, mapping('data/client.asc')), true);
});
