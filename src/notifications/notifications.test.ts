import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { recordId } from '#metadata';
import { ids, testServer } from '../server/testing.ts';
import { type NewNotification, notify, notifyHolders } from './public.ts';

const server = await testServer();
after(() => server.close());

const tell = (list: Partial<NewNotification>[]) =>
  server.database.transaction((tx) =>
    notify(
      tx,
      server.clock(),
      list.map((each, index) => ({
        id: recordId('notification', 'test', `${each.userId}/${each.title?.zh ?? index}`),
        userId: ids.user('rm001'),
        level: 'info',
        title: { zh: '通知', en: 'Notification' },
        ...each,
      })),
    ),
  );
const read = async (as: string, query = '', language: 'zh' | 'en' = 'zh') =>
  (await server.call('GET', `/api/notifications${query}`, { as, language })).json;
const count = async (as: string) => (await server.call('GET', '/api/notifications/count', { as })).json;

test('everybody reads his own, in his language, with the customer as he may see him; told twice it stands once', async () => {
  const about = {
    level: 'urgent' as const,
    title: { zh: '资金异动：[客户姓名]', en: 'Outflow: [客户姓名]' },
    text: { zh: '转出 40 万元', en: 'CNY 400,000 left' },
    customerId: ids.customer(1),
    rule: 'large_outflow',
  };
  const both = ['rm001', 'supervisor', 'compliance', 'service'].map((name) => ({ ...about, userId: ids.user(name) }));
  assert.equal(await tell(both), 4);
  assert.equal(await tell(both), 0);
  const [mine] = (await read('rm001')).items;
  assert.equal(mine.title, '资金异动：欧阳娜娜');
  assert.equal(mine.text, '转出 40 万元');
  assert.equal(mine.customer.id, ids.customer(1));
  assert.deepEqual(await count('rm001'), { unread: 1, urgent: 1, capped: false });
  assert.equal((await read('compliance', '', 'zh')).items[0].title, '资金异动：欧阳**');
  // Amounts are masked for the service desk: a text that is worded with them is not for it.
  assert.deepEqual([(await read('service')).items[0].text, (await read('service')).items[0].withheld], [null, true]);
  assert.deepEqual((await read('rm002')).items, []);
});

test('a notification about a customer shows as long as he is within reach', async () => {
  await tell([{ userId: ids.user('rm002'), title: { zh: '不可及', en: 'x' }, customerId: ids.customer(1) }]);
  assert.deepEqual((await read('rm002')).items, []);
  assert.equal((await count('rm002')).unread, 0);
  await tell([{ userId: ids.user('supervisor'), title: { zh: '隔离', en: 'x' }, customerId: ids.customer(5) }]);
  assert.equal((await count('supervisor')).unread, 2);
  await server.database.query('update customer set walled = true where id = $1', [ids.customer(5)]);
  assert.equal((await count('supervisor')).unread, 1);
});

test("read, unread, all read: only one's own", async () => {
  const [{ id }] = (await read('rm001')).items;
  const mark = (as: string, body: object) => server.call('POST', `/api/notifications/${id}/read`, { as, body });
  assert.equal((await mark('rm002', { read: true })).status, 404);
  assert.equal((await mark('rm001', { read: true })).status, 204);
  assert.equal((await count('rm001')).unread, 0);
  assert.deepEqual((await read('rm001', '?unread=true')).items, []);
  assert.equal((await mark('rm001', { read: false })).status, 204);
  assert.equal((await count('rm001')).unread, 1);
  const all = await server.call('POST', '/api/notifications/read', { as: 'rm001' });
  assert.deepEqual(all.json, { marked: 1 });
  assert.equal((await server.call('GET', '/api/notifications')).status, 401);
});

test('pages follow each other without gap or repetition, and what is told to a role reaches its holders once', async () => {
  await tell(
    Array.from({ length: 120 }, (_, index) => ({
      userId: ids.user('head01'),
      title: { zh: `第 ${index} 条`, en: 'x' },
    })),
  );
  const seen = new Set<string>();
  let query = '';
  for (let pages = 0; pages < 3; pages += 1) {
    const page = await read('head01', query);
    for (const { id } of page.items) seen.add(id);
    query = `?after=${page.next}`;
    if (!page.next) break;
  }
  assert.equal(seen.size, 120);
  assert.deepEqual(await count('head01'), { unread: 99, urgent: 0, capped: true });
  const what = {
    level: 'warning' as const,
    title: { zh: '规则未运行', en: 'Rule did not run' },
    path: '/business-days',
  };
  const tellRole = () =>
    server.database.transaction((tx) =>
      notifyHolders(tx, server.clock(), ['system_admin', 'designer'], 'heartbeat/1', what),
    );
  assert.equal(await tellRole(), 2);
  assert.equal(await tellRole(), 0);
  assert.equal((await read('designer')).items[0].path, '/business-days');
});
