import { expect, type Page, test } from '@playwright/test';
import { enterAs } from './people.ts';

const RULE = 'e2e_storm';

/** A rule that fires for very many and may act on three a day, run by hand on a segment of its own. */
async function storm(page: Page): Promise<void> {
  const { request } = page.context();
  const text = (zh: string) => ({ zh, en: zh });
  const send = async (method: 'put' | 'post', path: string, data: unknown) => {
    const answer = await request[method](`/api${path}`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()) as { job?: string; jobs?: string[] };
  };
  const done = async (job: string) =>
    expect
      .poll(async () => ((await (await request.get(`/api/jobs/${job}`)).json()) as { status: string }).status, {
        timeout: 60_000,
      })
      .toBe('done');
  const publish = async (kind: string, code: string, body: unknown) => {
    const known = await request.get(`/api/definitions/${kind}/${code}`);
    if (known.ok() && ((await known.json()) as { status: string }).status === 'published') return;
    await send('put', `/definitions/${kind}/${code}/draft`, { body });
    const { job } = await send('post', `/definitions/${kind}/${code}/publish`, { version: 1, note: 'e2e' });
    await done(job!);
  };
  await publish('segments', 'e2e_rich', { code: 'e2e_rich', label: text('五十万以上'), if: 'aum >= 500000' });
  const task = {
    title: text('回访'),
    reason: text('原因'),
    script: text('话术'),
    priority: 'low',
    due: { workdays: 3, at: '17:00' },
  };
  await publish('rules', RULE, {
    code: RULE,
    label: text('限量回访'),
    when: 'day',
    if: 'aum > 0',
    occasion: 'aum',
    alerts_per_day: 3,
    // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
    then: [{ task }],
  });
  const { jobs } = await send('post', `/rules/${RULE}/run`, { segment: 'e2e_rich' });
  for (const job of jobs!) await done(job);
}

test('what waits above the limit of a rule is told on its page, released once, and given up', async ({ page }) => {
  await enterAs(page, 'designer01');
  await storm(page);
  await page.goto(`/design/rules/${RULE}`);
  const notice = page.getByText(/超出单日上限，3 条等待放行/);
  await expect(notice).toBeVisible();
  await page.getByRole('button', { name: '放行', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: '放行' }).click();
  await expect(notice).toHaveCount(0, { timeout: 30_000 });
  await storm(page);
  await page.reload();
  await expect(notice).toBeVisible();
  await page.getByRole('button', { name: '放弃', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: '放弃' }).click();
  await expect(notice).toHaveCount(0);
  await page.goto('/rule-health');
  await expect(page.getByRole('row', { name: /限量回访/ })).toBeVisible();
});

test('a rehearsal shows what the rule would have done, and why for a sample whose name the designer does not see', async ({
  page,
}) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/rules/large_outflow');
  await page.getByRole('tab', { name: '试跑' }).click();
  await page.getByRole('button', { name: '开始试跑' }).click();
  await expect(page.getByText('每天的提醒数')).toBeVisible({ timeout: 60_000 });
  const samples = page.getByRole('table', { name: '样本' });
  const first = samples.getByRole('row').nth(1);
  await expect(first).toContainText(/\*\* · \d{6,}/);
  await first.getByRole('button', { name: '为何提醒' }).click();
  await expect(page.getByRole('dialog')).toContainText('客户资金异动');
  await expect(page.getByRole('dialog')).toContainText('规则版本');
});

test('a designer asks why by the whole customer number or by one of the last alerts, never by a name', async ({
  page,
}) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/rules/large_outflow');
  await page.getByRole('tab', { name: '为何' }).click();
  await expect(page.getByText('您看到的客户姓名已脱敏')).toBeVisible();
  const choice = page.getByRole('combobox', { name: '客户' });
  await choice.click();
  const option = page.getByRole('option').first();
  await expect(option).toContainText(/\*\* · \d{4}-\d{2}-\d{2}/);
  await option.click();
  await expect(page.getByText('已提醒', { exact: true })).toBeVisible();
  await expect(page.getByText('当时的依据')).toBeVisible();
  const { request } = page.context();
  const { rows } = (await (await request.get('/api/customers?limit=1&columns=number')).json()) as {
    rows: { number: string }[];
  };
  const { number } = rows[0]!;
  await choice.fill(number.slice(0, -1));
  await expect(page.getByRole('option')).toHaveCount(0);
  await choice.fill(number);
  await expect(page.getByRole('option')).toHaveCount(1);
  await page.getByRole('option').click();
  await expect(page.locator('.why-answer')).toBeVisible();
});

test('rule health tells each rule and date, also on a phone', async ({ page }) => {
  await enterAs(page, 'designer01');
  await page.goto('/rule-health');
  const row = page.getByRole('row', { name: /客户资金异动/ });
  await expect(row.getByRole('cell')).toHaveCount(14);
  await row.getByRole('link', { name: '客户资金异动' }).click();
  await expect(page).toHaveURL(/design\/rules\/large_outflow/);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/rule-health');
  await expect(page.getByRole('columnheader').nth(1)).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

test('a filter of many choices is looked through by typing', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/list/alerts?filter=rule%3Aeq%3Alarge_outflow');
  await page.getByRole('button', { name: '规则 客户资金异动' }).click();
  await page.getByRole('searchbox', { name: '输入以搜索' }).fill('定期');
  await expect(page.getByRole('checkbox', { name: '定期存款到期' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: '客户资金异动' })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: '沉默客户关怀' })).toHaveCount(0);
  await page.getByRole('checkbox', { name: '定期存款到期' }).check();
  await expect(page.getByRole('row', { name: /定期存款到期/ }).first()).toBeVisible();
});

test('a task and an alert tell why in the same words, and lists name rules', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/list/alerts?filter=rule%3Aeq%3Alarge_outflow');
  const row = page.getByRole('row', { name: /客户资金异动/ }).first();
  await expect(row).toBeVisible();
  await row.getByText('已执行').click();
  await expect(page.locator('.record-why')).toContainText('当时的依据');
  await expect(page.locator('.record-why')).toContainText('规则版本');
  await enterAs(page, 'rm001');
  await page.goto('/day-plan');
  // A task that a rule made: those that people gave have no rule to speak of.
  await page
    .getByText(/将于 .* 到期/)
    .first()
    .click();
  await page.getByRole('button', { name: '为何提醒' }).first().click();
  await expect(page.getByRole('dialog')).toContainText('当时的依据');
  await expect(page.getByRole('dialog')).toContainText('按业务日');
});
