import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { enterAs } from './people.ts';

/** A customer of nobody's business yet, with one change in his history. */
async function addCustomer(page: Page, name: string, phone: string): Promise<{ id: string; number: string }> {
  await enterAs(page, 'rm001');
  const number = `T${Date.now()}`;
  const made = await page.request.post('/api/customers', { data: { name, kind: 'person', number, phone } });
  expect(made.ok(), await made.text()).toBe(true);
  const { id, version } = (await made.json()) as { id: string; version: number };
  const changed = await page.request.patch(`/api/customers/${id}`, { data: { version, occupation: '船长' } });
  expect(changed.ok(), await changed.text()).toBe(true);
  return { id, number };
}

/** A number that no other run of these tests took. */
const freshPhone = () => `139${String(Date.now()).slice(-8)}`;

test('an auditor finds a change, sees the difference and its proof, and takes a signed file along', async ({
  page,
}) => {
  const { id } = await addCustomer(page, '审计甲', freshPhone());
  await enterAs(page, 'auditor01');
  await page.goto(`/audit?customer=${id}`);
  await page.getByLabel('动作').selectOption({ label: '修改' });
  await page.getByPlaceholder('用户名').fill('rm001');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/actor=rm001/);
  const events = page.getByRole('table', { name: '审计' });
  await expect(events.getByRole('row')).toHaveCount(2);
  await events.getByRole('row').nth(1).click();
  const panel = page.getByRole('complementary', { name: '审计' });
  await expect(panel.getByRole('heading', { name: 'rm001 · 修改' })).toBeVisible();
  await expect(panel.getByRole('table', { name: '变更' })).toContainText('职业 / 行业');
  await expect(panel).toContainText(/证明未被改动|与链相符/);

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: '导出签名文件' }).click();
  const content = readFileSync(await (await saved).path(), 'utf8');
  expect(content.trimEnd().split('\n').length).toBeGreaterThan(1);
  expect(content).toContain(id);
});

test('whoever makes a customer twice is warned, and may look at the first one', async ({ page }) => {
  const phone = freshPhone();
  const { id } = await addCustomer(page, '查重甲', phone);
  await page.goto('/list/customers/new');
  await page.getByLabel('手机号码').fill(phone);
  await page.getByLabel('职业 / 行业').focus();
  const warning = page.getByRole('status').filter({ hasText: '已有客户使用此手机号码' });
  await expect(warning.getByRole('link', { name: '查重甲' })).toHaveAttribute('href', `/customers/${id}`);
  await page.getByLabel('手机号码').fill('');
  await expect(warning).toHaveCount(0);
});

test('compliance erases a customer without business; what was done stays in his access record', async ({ page }) => {
  const { id, number } = await addCustomer(page, '抹除甲', freshPhone());
  await enterAs(page, 'compliance01');
  await page.goto(`/customers/${id}`);
  await page.getByRole('button', { name: '更多操作' }).click();
  await page.getByRole('menuitem', { name: '抹除个人信息' }).click();
  const dialog = page.getByRole('dialog', { name: '抹除个人信息' });
  await dialog.getByLabel('原因').fill('客户书面申请');
  await expect(dialog.getByRole('button', { name: '永久抹除' })).toBeDisabled();
  await dialog.getByLabel(`输入客户号 ${number}`).fill(number);
  await dialog.getByRole('button', { name: '永久抹除' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '个人信息已抹除' })).toBeVisible();
  await expect(page.getByText('永久抹除；账户与交易记录按法规继续保留')).toBeVisible();
  await expect(page.getByRole('button', { name: '更多操作' })).toHaveCount(0);

  await page.getByRole('button', { name: '查阅访问记录' }).click();
  const record = page.getByRole('region', { name: '访问记录' });
  await expect(record.getByRole('listitem').filter({ hasText: '抹除个人信息' })).toContainText('compliance01');
  await expect(record.getByRole('listitem').filter({ hasText: '新建' })).toContainText('rm001');
  await expect(record.getByRole('link', { name: '在审计中查看' })).toHaveAttribute('href', `/audit?customer=${id}`);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: '个人信息已抹除' })).toBeVisible();
});
