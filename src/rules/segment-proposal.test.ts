import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, publish, runDay, testServer, withMoney } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());
await withMoney(server);
await runDay(server, '2026-11-19');

const condition = async (filter: string[], as = 'head02', q?: string) =>
  (await server.call('POST', '/api/segments/condition', { as, body: { filter, ...(q ? { q } : {}) } })).json;
const propose = (body: Record<string, unknown>, as = 'head02') =>
  server.call('POST', '/api/segments', {
    as,
    body: { code: 'of_list', label: { zh: '筛出来的', en: 'Of a list' }, ...body },
  });
const found = async (filter: string[], as = 'head02'): Promise<string[]> => {
  const asked = filter.map((each) => `filter=${encodeURIComponent(each)}`).join('&');
  const { json, text } = await server.call('GET', `/api/customers?${asked}&columns=number&limit=100`, { as });
  assert.ok(json.rows, text);
  return json.rows.map(({ number }: { number: string }) => number).sort();
};

describe('a filter of the list as a segment', () => {
  test('each operator becomes the condition that finds the same customers', async () => {
    await server.database.query(
      `update customer set occupation = case when id = ${ids.customer(4)} then 'IT 工程师' else '教师' end where substr(number, 2)::int <= 1006`,
    );
    const filters = [
      'aum:gte:20000',
      'aum:between:3000,5000',
      'kind:in:company',
      'kind:ne:company',
      'status:eq:active',
      'occupation:contains:教',
      'occupation:contains:it',
      'occupation:prefix:教',
      'occupation:is_null',
      'occupation:not_null',
      'occupation:ne:教师',
      'since:lte:2020-01-01',
      'walled:eq:false',
      'metric_aum:gt:25000',
      'metric_days_silent:lte:10',
    ];
    for (const filter of filters) {
      const { condition: text, left, issues, message } = await condition([filter]);
      assert.equal(message, undefined, filter);
      assert.deepEqual([left, issues], [[], []], filter);
      const checked = await server.call('POST', '/api/definitions/segments/check', {
        as: 'designer',
        body: { body: { code: 'same', label: { zh: '同', en: 'Same' }, if: text } },
      });
      assert.equal(
        checked.json.preview?.matches,
        (await found([filter])).length,
        `${filter} → ${text}: ${checked.text}`,
      );
    }
  });

  test('is kept as a draft by a branch head, published by a designer, and opens as a filtered list', async () => {
    const filter = ['aum:gte:20000', 'kind:in:person'];
    const asked = await condition(filter);
    assert.equal(asked.condition, 'aum >= 20000 and kind in ("person")');
    assert.ok(asked.sentence.zh.length > 0 && asked.sentence.en.length > 0);
    assert.equal(asked.count.count, (await found(filter)).length);
    const kept = await propose({ filter, note: '年末回访' });
    assert.deepEqual([kept.status, kept.json], [201, { code: 'of_list' }]);
    const { draft } = (await server.call('GET', '/api/definitions/segments/of_list', { as: 'designer' })).json;
    assert.deepEqual([draft.body.if, draft.by, draft.note], [asked.condition, '钱行长', '年末回访']);
    assert.equal(
      (await propose({ filter })).json.code,
      'rules.definition_code_taken',
      'the code stands for something now',
    );
    await publish(server, 'segments', 'of_list', draft.version);
    assert.deepEqual(await found(['segment:in:of_list']), await found(filter));
    assert.ok((await found(['segment:in:of_list'], 'rm001')).length < (await found(filter)).length);
    const again = await condition(['segment:in:of_list', 'tier:not_null']);
    assert.equal(again.condition, 'segment_of_list and tier != null');
    const { rows } = await server.database.query<{ actor: string }>(
      "select actor from audit_event where entity = 'definition' and detail->>'code' = 'of_list' order by id limit 1",
    );
    assert.deepEqual(rows, [{ actor: 'head02' }]);
  });

  test('says which filters cannot stand in a condition and why, and saves without them only when told to', async () => {
    const filter = [`branch:eq:${ids.unit('east')}`, 'name:contains:张', 'tags:is_null', 'kind:in:person'];
    const { left, condition: text } = await condition(filter, 'head02', '张');
    assert.equal(text, 'kind in ("person")');
    assert.deepEqual(
      left.map(({ filter: each }: { filter: string }) => each),
      [filter[0], filter[1], filter[2], '张'],
    );
    assert.match(left[0].reason.zh, /客群对全行成立/);
    assert.match(left[1].reason.zh, /认出个人/);
    const refused = await propose({ code: 'parts', filter });
    assert.deepEqual([refused.status, refused.json.code], [422, 'rules.segment_partial']);
    assert.match(refused.json.message, /所属机构/);
    assert.equal((await propose({ code: 'parts', filter, partial: true })).status, 201);
    const nothing = await propose({ code: 'none', filter: [filter[0]!], partial: true });
    assert.deepEqual([nothing.status, nothing.json.code], [422, 'rules.segment_empty']);
  });

  test('needs the right to propose, and never goes by what the reader sees masked', async () => {
    const body = { filter: ['kind:in:person'] };
    assert.equal((await server.call('POST', '/api/segments/condition', { as: 'rm001', body })).status, 403);
    assert.equal((await propose(body, 'compliance')).status, 403);
    const masked = await propose({ code: 'm', filter: ['aum:gte:1000'] }, 'designer');
    assert.deepEqual([masked.status, masked.json.code], [403, 'records.field_masked']);
  });
});
