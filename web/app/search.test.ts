import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listSearch, parseSearch, stringifySearch } from './search.ts';

test('a list question survives the way into the address and back', () => {
  const search = { q: '李 明', filter: ['tier:in:gold,platinum', 'name:contains:a&b'], sort: '-aum' };
  const text = stringifySearch(search);
  assert.equal(text, '?q=%E6%9D%8E+%E6%98%8E&filter=tier:in:gold,platinum&filter=name:contains:a%26b&sort=-aum');
  assert.deepEqual(listSearch(parseSearch(text)), { ...search, columns: undefined });
});

test('one filter is still a list, and nothing is nothing', () => {
  assert.deepEqual(listSearch(parseSearch('?filter=aum:gte:1')).filter, ['aum:gte:1']);
  assert.equal(stringifySearch({ q: '', filter: undefined }), '');
});
