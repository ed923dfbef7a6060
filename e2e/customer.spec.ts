import { expect, type Page, test } from '@playwright/test';
import { enterAs } from './people.ts';

/** The richest customer of the head's branch. */
async function openRichest(page: Page, search = ''): Promise<string> {
  const answer = await page.request.get('/api/customers?sort=-aum&limit=1&columns=name');
  const [row] = ((await answer.json()) as { rows: { id: string; name: string }[] }).rows;
  await page.goto(`/customers/${row!.id}${search}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(row!.name);
  return row!.id;
}

test('a branch head sees the whole customer on one page', async ({ page }) => {
  await enterAs(page, 'head01');
  await openRichest(page);
  await expect(page.getByRole('img', { name: '资产走势' }).locator('svg')).toBeVisible();
  await expect(page.getByRole('region', { name: '资产配置' }).locator('dd').first()).not.toBeEmpty();
  for (const name of ['待办', '账户', '交易明细', '备注', '动态', '指标', '客户资料']) {
    await expect(page.getByRole('region', { name, exact: true })).toBeVisible();
  }
  await page.locator('.customer-tier button').click();
  await expect(page.locator('.mark-reason').getByText('实际值')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '全部', exact: true }).click();
  await expect(page.getByRole('button', { name: '全部', exact: true })).toHaveAttribute('aria-pressed', 'true');
});

test('a masked phone is shown for a stated purpose and hides again', async ({ page }) => {
  await enterAs(page, 'rm001');
  await openRichest(page);
  const phone = page.locator('[data-fact=phone]');
  await expect(phone).toContainText('****');
  await phone.getByRole('button', { name: '显示完整手机号码' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('可立即查看');
  await dialog.getByLabel('事由').fill('约客户面谈');
  await dialog.getByRole('button', { name: '查看', exact: true }).click();
  await expect(dialog.getByRole('link')).toHaveText(/^\d{11}$/);
  await expect(dialog.getByRole('timer')).toContainText('后自动隐藏');
  await expect(dialog.locator('.watermark')).toContainText('rm001');
  await dialog.getByRole('button', { name: '立即隐藏' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(phone).toContainText('****');
});

test('transactions are narrowed in place', async ({ page }) => {
  await enterAs(page, 'head01');
  await openRichest(page);
  const block = page.getByRole('region', { name: '交易明细' });
  await block.scrollIntoViewIfNeeded();
  await expect(block.locator('tr[data-row]').first()).toBeVisible();
  await block.getByRole('button', { name: '收支' }).click();
  await page.locator('.filter-panel').getByText('收入').click();
  await page.getByRole('button', { name: '完成' }).click();
  await expect(block.locator('tr[data-row]').first()).toContainText('收入');
  await expect(block.locator('tr[data-row]').filter({ hasText: '支出' })).toHaveCount(0);
});

test('a note is pinned, a contact is logged, data is corrected', async ({ page }) => {
  await enterAs(page, 'rm001');
  await openRichest(page);
  const stamp = String(Date.now());
  await page.getByLabel('写一条备注').fill(`子女在外读书 ${stamp}`);
  await page.keyboard.press('Control+Enter');
  const note = page.locator('.note', { hasText: stamp });
  await note.getByRole('button', { name: '置顶' }).click();
  await expect(note.getByText('已置顶')).toBeVisible();

  await page.getByRole('button', { name: '记录联络' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel(/沟通要点/).fill(`面谈资产配置 ${stamp}`);
  await drawer.getByRole('button', { name: '保存' }).click();
  await expect(drawer).toHaveCount(0);
  await expect(page.getByRole('region', { name: '动态' }).getByText(`面谈资产配置 ${stamp}`)).toBeVisible();

  await page.getByRole('button', { name: '编辑资料' }).click();
  await page.getByRole('dialog').getByLabel('职业 / 行业').fill('医生');
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
  await expect(page.locator('[data-fact=occupation]')).toHaveText('医生');
});

test('a tag is set by hand with its reason, stands in the history of tags, and is taken away again', async ({
  page,
}) => {
  await enterAs(page, 'rm001');
  const id = await openRichest(page);
  await page.request.delete(`/api/customers/${id}/tags/watched`);
  await page.reload();
  await page.getByRole('button', { name: '打标签' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^标签/).selectOption('watched');
  await dialog.getByLabel(/^到期日/).fill('2027-06-30');
  await dialog.getByLabel(/^原因/).fill('子女即将出国');
  await dialog.getByRole('button', { name: '打标签', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.locator('.customer-tags').last()).toContainText('重点关注');
  await page.getByRole('button', { name: '标签历史' }).click();
  const entry = dialog.locator('li', { hasText: '重点关注' }).first();
  await expect(entry).toContainText('子女即将出国');
  await expect(entry).toContainText('2027-06-30 到期');
  await expect(dialog.locator('li', { hasText: '为何有' }).first()).toContainText('阈值');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '打标签' }).click();
  await dialog.getByRole('button', { name: '去掉标签“重点关注”' }).click();
  await expect(page.locator('.customer-tags').last()).not.toContainText('重点关注');
});

test('behaviour and the numbers in systems are read when they come into sight, each with its source', async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await enterAs(page, 'rm001');
  await openRichest(page);
  const behaviour = page.getByRole('region', { name: '行为' });
  expect(asked.filter((url) => url.endsWith('/behaviour'))).toEqual([]);
  await behaviour.scrollIntoViewIfNeeded();
  await expect(behaviour).toContainText('近 90 天');
  await expect(behaviour).toContainText('来源');
  const numbers = page.getByRole('region', { name: '各系统编号' });
  await numbers.scrollIntoViewIfNeeded();
  await expect(numbers).toContainText('核心系统');
  await expect(numbers).toContainText('截至');
});

test('what rules noticed about a customer is listed, and each alert says why', async ({ page }) => {
  await enterAs(page, 'rm001');
  const answer = await page.request.get('/api/alerts?columns=customer,rule&filter=rule:eq:holding_maturity&limit=1');
  const [alert] = (await answer.json()).rows;
  await page.goto(`/customers/${alert.customer.id}`);
  const block = page.getByRole('region', { name: '提醒' });
  await block.scrollIntoViewIfNeeded();
  await block.getByText('产品到期跟进').first().click();
  const why = page.getByRole('dialog');
  await expect(why).toContainText('产品到期跟进');
  await expect(why).toContainText('当时的依据');
  await expect(why).toContainText('距到期天数');
});

test('on a phone one section is shown at a time, and the address keeps it', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await enterAs(page, 'head01');
  await openRichest(page);
  await page.getByRole('tab', { name: '交易' }).click();
  await expect(page).toHaveURL(/tab=transactions/);
  await expect(page.locator('.cards .card').first()).toBeVisible();
  await page.reload();
  await expect(page.getByRole('tab', { name: '交易' })).toHaveAttribute('aria-selected', 'true');
  for (const name of ['概览', '资产负债', '往来', '资料']) {
    await page.getByRole('tab', { name }).click();
    await expect(page.getByRole('tab', { name })).toHaveAttribute('aria-selected', 'true');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  }
});

test('a customer out of reach is not found, and the page says so', async ({ page }) => {
  await enterAs(page, 'rm001');
  await page.goto('/customers/1');
  await expect(page.getByText('找不到这条记录')).toBeVisible();
});

test('English is complete on both pages', async ({ page }) => {
  await enterAs(page, 'head01', 'en');
  await openRichest(page);
  await expect(page.getByRole('region', { name: 'Allocation' })).toBeVisible();
  const labels = page.locator('.block-head h2, .pairs dt, .customer-jumps button, .block th');
  for (const label of await labels.allTextContents()) {
    if (/家庭$/.test(label)) continue; // the name of a household is data
    expect(label).not.toMatch(/[一-鿿]/);
  }
  await page.goto('/day-plan');
  await expect(page.getByRole('heading', { name: 'Day plan' })).toBeVisible();
  await enterAs(page, 'head01', 'zh');
});

test('who may not read holdings and transactions is not told that there are none', async ({ page }) => {
  await enterAs(page, 'service01');
  const answer = await page.request.get('/api/accounts?limit=1&columns=customer');
  const [account] = ((await answer.json()) as { rows: { customer: { id: string } }[] }).rows;
  await page.goto(`/customers/${account!.customer.id}`);
  await expect(page.getByRole('region', { name: '账户' })).toBeVisible();
  for (const name of ['资产走势', '持仓', '贷款', '交易明细', '指标']) {
    await expect(page.getByRole('region', { name })).toHaveCount(0);
  }
  await expect(page.getByRole('button', { name: '交易', exact: true })).toHaveCount(0);
});
