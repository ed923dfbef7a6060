import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { enterAs } from './people.ts';

async function openFirst(page: Page): Promise<void> {
  const answer = await page.request.get('/api/customers?sort=-aum&limit=1&columns=number&filter=kind:eq:person');
  const [row] = ((await answer.json()) as { rows: { id: string }[] }).rows;
  await page.goto(`/customers/${row!.id}`);
  await expect(page.locator('[data-fact=phone]')).toContainText('****');
}

test('a value is seen after somebody else approved, and the use is reviewed', async ({ browser, page }) => {
  const stamp = `疑似异常转账 ${Date.now()}`;
  await enterAs(page, 'risk01');
  await openFirst(page);
  await page.locator('[data-fact=phone]').getByRole('button', { name: '显示完整手机号码' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('用途').selectOption({ label: '风险排查' });
  await dialog.getByLabel('事由').fill(stamp);
  await expect(dialog).toContainText('须经他人审批');
  await dialog.getByRole('button', { name: '提交审批' }).click();
  await expect(dialog).toContainText('等待审批');

  const checker = await (await browser.newContext({ locale: 'zh-CN' })).newPage();
  await enterAs(checker, 'compliance01');
  await checker.goto('/approvals');
  const request = checker.getByRole('article').filter({ hasText: stamp });
  await request.getByRole('button', { name: '批准', exact: true }).click();
  await expect(checker.getByText('已批准').first()).toBeVisible();

  await expect(dialog.getByRole('link')).toHaveText(/^\d{11}$/);
  await expect(dialog.locator('.watermark')).toContainText('risk01');

  await checker.goto('/approvals?part=toReview');
  const used = checker.getByRole('article').filter({ hasText: stamp });
  await expect(used).toContainText('显示 1 次');
  await used.getByRole('button', { name: '立即收回' }).click();
  await checker.getByRole('dialog').getByLabel('理由').fill('客户已核实');
  await checker.getByRole('dialog').getByRole('button', { name: '确定' }).click();
  await expect(dialog.getByRole('link')).toHaveCount(0);
  await expect(dialog).toContainText('查看已结束');
  await used.getByRole('button', { name: '使用得当' }).click();
  await expect(used).toHaveCount(0);
  await checker.goto('/reveal-summary');
  await expect(checker.getByRole('table', { name: '人员' })).toBeVisible();
  await checker.context().close();
});

test('a list becomes a file of the columns that the role may take along', async ({ page }) => {
  await enterAs(page, 'rm001');
  await page.goto('/customers?filter=tier:eq:wealth');
  await page.getByRole('button', { name: '导出', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('checkbox', { name: '姓名 / 名称' })).toBeDisabled();
  await dialog.getByRole('checkbox', { name: '客户号' }).check();
  await dialog.getByLabel('用途').selectOption({ label: '个人工作清单' });
  await dialog.getByLabel('事由').fill('下周拜访清单');
  await dialog.getByRole('button', { name: 'CSV' }).click();
  await expect(dialog).toContainText('不需审批');
  await dialog.getByRole('button', { name: '导出', exact: true }).click();
  await expect(page).toHaveURL(/\/exports$/);
  const row = page.getByRole('row').nth(1);
  const saved = page.waitForEvent('download');
  await row.getByRole('link', { name: '下载' }).click();
  const content = readFileSync(await (await saved).path(), 'utf8');
  expect(content).toContain('rm001');
  expect(content).toContain('客户号');
  expect(content).not.toMatch(/\b1[3-9]\d{9}\b/);
});
