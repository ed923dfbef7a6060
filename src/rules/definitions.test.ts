import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../server/testing.ts';

test('definitions of the packs are listed with who uses them', async () => {
  const server = await testServer();
  const { status, json } = await server.call('GET', '/api/definitions/tags', { as: 'designer' });
  assert.equal(status, 200);
  const silent = json.rows.find(({ code }: { code: string }) => code === 'silent');
  assert.equal(silent.source, 'pack');
  assert.match(silent.sentence.zh, /沉默天数/);
  const parameters = (await server.call('GET', '/api/definitions/parameters', { as: 'designer' })).json.rows;
  const days = parameters.find(({ code }: { code: string }) => code === 'silence_days');
  assert.deepEqual(days.parameter, { value: '90', packValue: '90', type: 'days', min: '0', max: '36500' });
  assert.deepEqual(
    days.usedBy.map(({ kind, code }: { kind: string; code: string }) => `${kind}/${code}`),
    ['tags/silent'],
  );
  for (const kind of ['metrics', 'tiers', 'segments']) {
    assert.equal((await server.call('GET', `/api/definitions/${kind}`, { as: 'designer' })).status, 200, kind);
  }
  for (const kind of ['metrics', 'tags', 'tiers', 'segments', 'rules']) {
    const words = await server.call('GET', `/api/vocabulary/${kind}`, { as: 'designer' });
    assert.equal(words.status, 200, words.text);
    assert.ok(words.json.names.some(({ code }: { code: string }) => code === 'aum'));
  }
  await server.close();
});
