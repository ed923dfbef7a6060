import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test('a load is offered with the files it reads and the folders that lie ready', async ({ page }) => {
  await enterAs(page, 'admin');
  await page.goto('/loads');
  await page.getByRole('button', { name: '装载文件' }).first().click();
  const dialog = page.getByRole('dialog', { name: '装载文件' });
  await expect(dialog.getByLabel('映射')).not.toHaveValue('');
  await dialog.getByRole('button', { name: '服务器文件夹' }).click();
  await expect(dialog.getByLabel('文件夹')).toHaveValue(/^(inbox|examples)\//);
  await expect(dialog.locator('.load-files span').first()).toBeVisible();
  await dialog.getByLabel('业务日期').fill('2026-02-30');
  await dialog.getByRole('button', { name: '开始' }).click();
  await expect(dialog.locator('.field-error')).toContainText('请输入日期');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('a run of days is asked for with care', async ({ page }) => {
  await enterAs(page, 'admin');
  await page.goto('/business-days');
  await page.getByRole('button', { name: '跑批' }).first().click();
  const dialog = page.getByRole('dialog', { name: '运行业务日' });
  await dialog.getByLabel('开始日期').fill('2026/3/1');
  await dialog.getByLabel('结束日期').fill('20260201');
  await dialog.getByRole('button', { name: '跑批' }).click();
  await expect(dialog.getByLabel('开始日期')).toHaveValue('2026-03-01');
  await expect(dialog.getByText('结束日期不能早于开始日期')).toBeVisible();
});

test('a day shows its steps', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/business-days');
  await page.getByRole('row').nth(1).click();
  await expect(page.getByRole('table', { name: '步骤' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('table', { name: '步骤' })).toHaveCount(0);
});

test('a head sees who is late and goes to his plan', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/team');
  const table = page.getByRole('table', { name: '团队' });
  await expect(table).toBeVisible();
  const overdue = await table.locator('tbody tr td:nth-child(3)').allTextContents();
  expect(overdue.map(Number)).toEqual(overdue.map(Number).sort((a, b) => b - a));
  await table.locator('tbody tr').first().getByRole('link').first().click();
  await expect(page).toHaveURL(/\/day-plan\?assignee=\d+/);
});
