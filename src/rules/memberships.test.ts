import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordId } from '#metadata';
import { ids, published, runDay, seedRows, type TestServer, testServer, withMoney } from '../server/testing.ts';

// What definitions promise over several days, made and asked through HTTP.

const label = (zh: string) => ({ zh, en: zh });
const CUSTOMER = ids.customer(1);

async function prepared(): Promise<TestServer> {
  const server = await testServer();
  await withMoney(server);
  await runDay(server, '2026-10-29');
  return server;
}

/**
 * The customer's occupation, by which the definitions below decide, as the new day finds it. What a person edits counts for the day that
 * stands: it would be made true of that one first.
 */
async function becomes(server: TestServer, occupation: string): Promise<void> {
  await server.database.query('update customer set occupation = $1 where id = $2', [occupation, CUSTOMER]);
}

const read = async (server: TestServer, field: string) => {
  const path = `/api/customers?filter=number:eq:C1001&columns=${field}`;
  return (await server.call('GET', path, { as: 'head02' })).json.rows[0][field];
};
const tags = async (server: TestServer) => ((await read(server, 'tags')) ?? []) as string[];

/** Day after day: what the customer then is, and what is read at the end of the day. */
async function through<T>(
  server: TestServer,
  days: [date: string, occupation: string][],
  look: (server: TestServer) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (const [date, occupation] of days) {
    await becomes(server, occupation);
    await runDay(server, date);
    found.push(await look(server));
  }
  return found;
}

describe('memberships over days', () => {
  test('hold_days keeps a tag for so many days after its condition ended, counted anew when it held again', async () => {
    const server = await prepared();
    await published(server, 'tags', { code: 'held', label: label('保留'), if: 'occupation = "医生"', hold_days: 2 });
    const has = await through(
      server,
      [
        ['2026-10-30', '医生'],
        ['2026-10-31', '教师'],
        ['2026-11-01', '教师'],
        ['2026-11-02', '医生'],
        ['2026-11-03', '教师'],
        ['2026-11-04', '教师'],
        ['2026-11-05', '教师'],
      ],
      async () => (await tags(server)).includes('held'),
    );
    assert.deepEqual(has, [true, true, true, true, true, true, false]);
    await server.close();
  });

  test('keep_if keeps who is in and lets nobody in', async () => {
    const server = await prepared();
    await published(server, 'tags', {
      code: 'kept',
      label: label('保持'),
      if: 'occupation = "医生"',
      keep_if: 'occupation in ("医生", "护士")',
    });
    const has = await through(
      server,
      [
        ['2026-10-30', '护士'],
        ['2026-10-31', '医生'],
        ['2026-11-01', '护士'],
        ['2026-11-02', '教师'],
        ['2026-11-03', '护士'],
      ],
      async () => (await tags(server)).includes('kept'),
    );
    assert.deepEqual(has, [false, true, true, false, false]);
    await server.close();
  });

  test('of overlapping conditions in one group the first that holds is the only one, and the next follows when it ends', async () => {
    const server = await prepared();
    const grouped = (code: string, condition: string, above?: string) =>
      published(server, 'tags', {
        code,
        label: label(code),
        group: 'care',
        if: condition,
        ...(above ? { above } : {}),
      });
    await grouped('care_low', 'occupation != null');
    await grouped('care_high', 'occupation = "医生"', 'care_low');
    await grouped('care_mid', 'occupation in ("医生", "护士")', 'care_low');
    const held = await through(
      server,
      [
        ['2026-10-30', '教师'],
        ['2026-10-31', '医生'],
        ['2026-11-01', '护士'],
        ['2026-11-02', '教师'],
      ],
      async () => (await tags(server)).filter((code) => code.startsWith('care_')),
    );
    assert.deepEqual(held, [['care_low'], ['care_high'], ['care_mid'], ['care_low']]);
    await server.close();
  });

  test('a monthly tier is entered and left on the first of a month only', async () => {
    const server = await prepared();
    await published(server, 'tiers', {
      code: 'doctors',
      label: label('医生层'),
      if: 'occupation = "医生"',
      effective: 'monthly',
      above: 'high_net_worth',
    });
    const tier = await through(
      server,
      [
        ['2026-10-30', '医生'],
        ['2026-10-31', '医生'],
        ['2026-11-01', '医生'],
        ['2026-11-02', '教师'],
        ['2026-11-19', '教师'],
      ],
      () => read(server, 'tier'),
    );
    assert.deepEqual(tier, ['mass', 'mass', 'doctors', 'doctors', 'doctors']);
    await server.close();
  });

  test('the history of tags tells why each began and why it ended; figures only to who sees the assets', async () => {
    const server = await prepared();
    await published(server, 'tags', {
      code: 'doctor',
      label: label('医生'),
      if: 'occupation = "医生" and aum >= 0',
    });
    await through(
      server,
      [
        ['2026-10-30', '教师'],
        ['2026-10-31', '医生'],
        ['2026-11-01', '教师'],
      ],
      tags,
    );
    const put = await server.call('PUT', `/api/customers/${CUSTOMER}/tags/watched`, {
      as: 'rm001',
      body: { reason: '大额到期' },
    });
    assert.equal(put.status, 204, put.text);
    const history = async (as: string) =>
      (await server.call('GET', `/api/customers/${CUSTOMER}/tag-history`, { as })).json.rows;
    const [watched, doctor] = (await history('rm001')).filter(({ tag }: { tag: string }) =>
      ['watched', 'doctor'].includes(tag),
    );
    assert.deepEqual([watched.tag, watched.until, watched.note, watched.by], ['watched', null, '大额到期', '王小明']);
    assert.deepEqual([doctor.since, doctor.until], ['2026-10-31', '2026-11-01']);
    const occupation = (reason: { asOf: string; inputs: { code: string; value: string }[] }) => [
      reason.asOf,
      reason.inputs.find(({ code }) => code === 'occupation')!.value,
    ];
    assert.deepEqual(occupation(doctor.reason), ['2026-10-31', '医生']);
    assert.deepEqual(occupation(doctor.ended), ['2026-11-01', '教师']);
    const masked = (await history('designer')).find(({ tag }: { tag: string }) => tag === 'doctor');
    assert.deepEqual([masked.reason, masked.ended, masked.since], [null, null, '2026-10-31']);
    const out = await server.call('GET', `/api/customers/${CUSTOMER}/tag-history`, { as: 'rm002' });
    assert.equal(out.status, 404);
    await server.close();
  });
});

test('who edits a product changes the metrics and tags of all its holders, out of his reach too', async () => {
  const server = await testServer();
  const { database, model } = server;
  await seedRows(database, model, 'product', [
    { key: 'p', name: '行业精选', code: 'P', class: 'fund', sector: 'consumer', asset_type: 'equity' },
  ]);
  await seedRows(
    database,
    model,
    'holding',
    [1, 2].map((number) => ({
      key: `h${number}`,
      customer: ids.customer(number),
      product: recordId('product', 'test', 'p'),
      bought_on: '2026-01-01',
      market_value: '100',
      status: 'held',
    })),
  );
  // A day on which nothing else happens to the holders: nobody looks at them but for the product.
  for (const date of ['2026-11-16', '2026-11-17', '2026-11-18']) await runDay(server, date);
  const lovers = async () => {
    const { rows } = await database.query<{ number: string }>(
      "select c.number from customer_tag t join customer c on c.id = t.customer_id where t.tag = 'tech_lover' and t.until is null order by 1",
    );
    return rows.map(({ number }) => number);
  };
  assert.deepEqual(await lovers(), []);
  const path = `/api/products/${recordId('product', 'test', 'p')}`;
  const { version } = (await server.call('GET', path, { as: 'designer' })).json;
  const answer = await server.call('PATCH', path, { as: 'designer', body: { sector: 'technology', version } });
  assert.equal(answer.status, 200, answer.text);
  await runDay(server, '2026-11-19');
  assert.deepEqual(await lovers(), ['C1001', 'C1002']);
  await server.close();
});
