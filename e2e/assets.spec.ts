import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test('a head sees the assets, why they changed, and goes down to the customers', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/assets');
  await expect(page.getByRole('heading', { name: '资产总览' })).toBeVisible();
  await expect(page.getByText('期末管理资产')).toBeVisible();
  await expect(page.getByText('市场与收益').first()).toBeVisible();
  await page.getByRole('button', { name: '本周' }).click();
  await expect(page).toHaveURL(/period=week/);
  const units = page.getByRole('table', { name: '按机构' });
  await expect(units.getByRole('row')).not.toHaveCount(1);
  await units.getByRole('button').first().click();
  await expect(page).toHaveURL(/unit=\d+/);
  const managers = page.getByRole('table', { name: '按客户经理' });
  await managers.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/customers\?.*owner/);
});

test('a relationship manager sees his own totals and takes a table along', async ({ page }) => {
  await enterAs(page, 'rm001');
  await page.goto('/assets?by=classes');
  await expect(page.getByRole('table', { name: '按产品类别' })).toBeVisible();
  const arrives = page.waitForEvent('download');
  await page.getByRole('link', { name: '下载表格' }).click();
  expect((await arrives).suggestedFilename()).toBe('assets-classes.csv');
});

test('who sees no amounts is not led there', async ({ page }) => {
  await enterAs(page, 'auditor01');
  await page.goto('/');
  await expect(page.getByRole('link', { name: '资产总览' })).toHaveCount(0);
});
