import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ids, seedRows, testServer } from '../server/testing.ts';
import { readTerms } from './search-terms.ts';

const server = await testServer();
after(() => server.close());

interface Found {
  id: string;
  own: boolean;
  row: Record<string, unknown>;
  reason: { entity: string; field: string; how: string; value: string | null };
}

async function find(as: string, q: string): Promise<Found[]> {
  const answer = await server.call('GET', `/api/search?q=${encodeURIComponent(q)}`, { as });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.customers;
}
const names = (hits: Found[]) => hits.map(({ row }) => row.name);

const PEOPLE: [key: string, name: string, owner: string, unit: string][] = [
  ['p1', '张晓明', 'rm001', 'east'],
  ['p2', '张小明', 'rm002', 'west'],
  ['p3', '張偉', 'rm001', 'east'],
  ['p4', '梁静', 'rm001', 'east'],
  ['p5', '林青霞', 'rm001', 'east'],
  ['p6', '华夏鑫海科技有限公司', 'rm001', 'east'],
  ['p7', 'John Smith', 'rm001', 'east'],
  ['p8', '陈志强', 'rm001', 'east'],
];
const ID_NUMBER = '11010519491231002X';

before(async () => {
  await seedRows(
    server.database,
    server.model,
    'customer',
    PEOPLE.map(([key, name, owner, unit], index) => ({
      key,
      name,
      kind: key === 'p6' ? 'company' : 'person',
      number: `P90${index}`,
      phone: `1395555${String(6000 + index)}`,
      id_number: key === 'p1' ? ID_NUMBER : null,
      uscc: key === 'p6' ? '91350100M000100Y43' : null,
      owner: ids.user(owner),
      branch: ids.unit(unit),
    })),
  );
  const account = (key: string, customer: string, number: string) => ({
    key,
    customer: ids.customer(customer),
    number,
  });
  await seedRows(server.database, server.model, 'account', [account('a1', 'p4', '6222020200112233')]);
  await seedRows(server.database, server.model, 'card', [account('c1', 'p8', '6225880100998877')]);
});

describe('the search box finds', () => {
  const cases: [typed: string, name: string, field: string, how: string][] = [
    ['张晓明', '张晓明', 'name', 'whole'],
    ['晓明', '张晓明', 'name', 'part'],
    ['zhangxiaoming', '张晓明', 'name', 'whole'],
    ['zhang xiao', '张晓明', 'name', 'beginning'],
    ['zxm', '张晓明', 'name', 'beginning'],
    ['张xm', '张晓明', 'name', 'beginning'],
    ['zhangxm', '张晓明', 'name', 'beginning'],
    ['ouyang nn', '欧阳娜娜', 'name', 'beginning'],
    // Slips and dialects.
    ['zangxiaomin', '张晓明', 'name', 'similar'],
    ['zhangxaioming', '张晓明', 'name', 'similar'],
    ['zhagnxiaoming', '张晓明', 'name', 'similar'],
    ['章小名', '张晓明', 'name', 'similar'],
    ['张明晓', '张晓明', 'name', 'similar'],
    ['liangjinn', '梁静', 'name', 'similar'],
    ['niangjing', '梁静', 'name', 'similar'],
    ['ling qingxia', '林青霞', 'name', 'similar'],
    ['张伟', '張偉', 'name', 'part'],
    ['張偉', '張偉', 'name', 'whole'],
    ['張曉明', '张晓明', 'name', 'whole'],
    // Companies.
    ['鑫海科技', '华夏鑫海科技有限公司', 'name', 'part'],
    ['华夏鑫海技科', '华夏鑫海科技有限公司', 'name', 'similar'],
    ['华鑫海科技有限公司', '华夏鑫海科技有限公司', 'name', 'similar'],
    ['91350100M000100Y43', '华夏鑫海科技有限公司', 'uscc', 'whole'],
    ['91350100m0', '华夏鑫海科技有限公司', 'uscc', 'beginning'],
    ['smith', 'John Smith', 'name', 'part'],
    // Numbers.
    ['P903', '梁静', 'number', 'whole'],
    ['6003', '梁静', 'phone', 'end'],
    ['139 5555 6003', '梁静', 'phone', 'whole'],
    ['11010519491231002x', '张晓明', 'id_number', 'whole'],
    ['2233', '梁静', 'number', 'end'],
    ['8877', '陈志强', 'number', 'end'],
    ['6222020200112233', '梁静', 'number', 'end'],
  ];
  for (const [typed, name, field, how] of cases) {
    test(`“${typed}”: ${name}`, async () => {
      const hits = await find('rm001', typed);
      const hit = hits.find(({ row }) => row.name === name);
      assert.ok(hit, JSON.stringify(hits));
      assert.deepEqual([hit.reason.field, hit.reason.how], [field, how]);
    });
  }

  test('the whole before the beginning before what is similar, the own first, the larger first', async () => {
    const hits = await find('head02', '张小明');
    assert.deepEqual(names(hits).slice(0, 2), ['张小明', '张晓明']);
    const amounts = (await find('head02', '张三')).map(({ row }) => Number(row.aum ?? -1));
    assert.deepEqual(
      amounts,
      amounts.toSorted((a, b) => b - a),
    );
    assert.ok((await find('rm001', '张三')).every(({ own }) => own));
    assert.equal(amounts.length, 10);
    const answer = await server.call('GET', `/api/search?q=${encodeURIComponent('张三')}`, { as: 'head02' });
    assert.equal(answer.json.more, true);
  });
});

describe('the search box tells nobody what he may not know', () => {
  test('an RM finds none of the customers of another', async () => {
    for (const typed of ['张小明', 'zhangxiaoming', '6001', '13955556001', 'P901', 'zangxiaomin', '单雄信', 'sxx']) {
      const hits = await find('rm001', typed);
      assert.ok(!hits.some(({ id }) => [ids.customer('p2'), ids.customer(2)].includes(id)), typed);
    }
  });

  test('names are no way for who sees them masked; open numbers are', async () => {
    for (const typed of ['张晓明', 'zhangxiaoming', 'zxm', '张xm', 'zangxiaomin', '晓明']) {
      assert.deepEqual(await find('compliance', typed), [], typed);
    }
    const [hit] = await find('compliance', 'P900');
    assert.equal(hit!.row.name, '张**');
  });

  test('a masked number is found by what its mask shows, so that nothing hidden can be tried out', async () => {
    // Same first and last digits, other middle: the list cannot tell these apart, nor can the search.
    assert.equal((await find('rm001', '13911116003'))[0]?.row.name, '梁静');
    assert.equal((await find('rm001', '11019919491231002X'))[0]?.row.name, '张晓明');
    assert.deepEqual(await find('rm001', '556003'), []);
    assert.equal((await find('rm001', '2233'))[0]?.reason.value, '****2233');
    assert.equal((await find('rm001', '9999999900002233'))[0]?.reason.value, '****2233');
  });

  test('who reads no customers is refused; nobody is found without a text', async () => {
    assert.equal((await server.call('GET', '/api/search?q=a', { as: 'admin' })).status, 403);
    assert.deepEqual(await find('rm001', '  '), []);
    assert.deepEqual(await find('rm001', '%'), []);
    assert.deepEqual(await find('rm001', "';--"), []);
  });

  test('a search is recorded with its numbers cut and how many were found', async () => {
    await find('rm001', '13955556003');
    const { rows } = await server.database.query<{ detail: unknown }>(
      "select detail from audit_event where action = 'search' order by at desc, seq desc limit 1",
    );
    assert.deepEqual(rows[0]!.detail, { q: '****6003', rows: 1 });
  });
});

describe('what was typed', () => {
  test('is read as syllables and initials in the fewest pieces', () => {
    assert.deepEqual(readTerms('zhangxm').mixed[0], { initials: 'zxm', pattern: 'zhang%x%m%' });
    assert.deepEqual(readTerms('张XM').mixed[0], { initials: 'zxm', pattern: '%x%m%' });
    assert.deepEqual(readTerms('１３８-0001').digits, '1380001');
    assert.equal(readTerms('zhangwei').mixed.length, 0);
    assert.ok(readTerms('zhagnwei').slips.includes('zanwei'));
    assert.deepEqual(readTerms('abc').slips, []);
  });
});
