import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test('an alert tells the supervisor: the bell counts it, the panel names the customer, and leads to him', async ({
  page,
}) => {
  // A designer publishes a rule for the largest customers; a business day runs.
  const text = (zh: string, en: string) => ({ zh, en });
  const code = `bell_${Date.now()}`;
  const body = {
    code,
    label: text('大客户提醒主管', 'Tell the supervisor of large customers'),
    subject: 'customer',
    when: 'day',
    if: 'aum > 5000000',
    occasion: 'business_date',
    // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
    then: [
      {
        notify: {
          to: ['supervisor'],
          level: 'urgent',
          title: text('[客户姓名] 资金异动', 'Outflow of [客户姓名]'),
          text: text('资产 {aum}', 'Assets {aum}'),
        },
      },
    ],
  };
  const { request } = page.context();
  const done = async (job: string) =>
    expect
      .poll(async () => (await (await request.get(`/api/jobs/${job}`)).json()).status, { timeout: 60_000 })
      .toBe('done');
  await enterAs(page, 'designer01');
  const draft = await request.put(`/api/definitions/rules/${code}/draft`, { data: { body } });
  expect(draft.status(), await draft.text()).toBe(200);
  const { version } = (await draft.json()).draft;
  const published = await request.post(`/api/definitions/rules/${code}/publish`, { data: { version } });
  await done((await published.json()).job);
  await enterAs(page, 'admin');
  const { date } = (await (await request.get('/api/business-days?limit=1')).json()).rows[0];
  const days = await request.post('/api/business-days', { data: { from: date, to: date } });
  expect(days.status(), await days.text()).toBe(202);
  await done((await days.json()).job);

  await enterAs(page, 'supervisor01');
  await page.goto('/team');
  const bell = page.getByRole('button', { name: /^通知，\d+ 条未读，其中紧急 \d+ 条$/ });
  await expect(bell).toBeVisible();
  await bell.click();
  const panel = page.getByRole('region', { name: '通知' });
  const first = panel.getByRole('article').filter({ hasText: '资金异动' }).first();
  await expect(first).toContainText('紧急');
  await expect(first).toContainText('资产 ¥');
  const name = (await first.locator('.notification-title').innerText()).replace(' 资金异动', '');
  await first.locator('.notification-body').click();
  await expect(page.getByRole('heading', { name }).first()).toBeVisible();

  await page.goto('/notifications?part=all');
  await expect(
    page.getByRole('article').filter({ hasText: name }).first().getByRole('button', { name: '标为未读' }),
  ).toBeVisible();
  await page.getByRole('button', { name: '全部标为已读' }).click();
  await page.getByRole('tab', { name: /未读/ }).click();
  await expect(page.getByText('没有未读通知')).toBeVisible();
  await expect(page.getByRole('button', { name: '通知', exact: true })).toBeVisible();
});
