import { expect, test } from '@playwright/test';
import { enterAs, signInThroughForm } from './people.ts';

test('a wrong password is refused in words, the right one leads to the day plan', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveText('请输入用户名和密码');
  await page.getByLabel('用户名').fill('rm001');
  await page.getByLabel('密码', { exact: true }).fill('not-the-password');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('密码');
  await page.getByLabel('密码', { exact: true }).fill('tongguan-demo');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/day-plan$/);
});

test('a demo account signs in by one press, and everybody starts where his work is', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByRole('button', { name: /head01/ }).click();
  await expect(page).toHaveURL(/\/team$/);
});

test('who is thrown out comes back to where he was', async ({ page }) => {
  await enterAs(page, 'rm001');
  await page.goto('/customers?sort=pinyin');
  await expect(page.getByRole('table', { name: '客户' })).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole('columnheader', { name: '管理资产' }).getByRole('button').click();
  await expect(page).toHaveURL(/\/sign-in\?/);
  await expect(page.getByText('登录已过期，请重新登录')).toBeVisible();
  await page.getByLabel('用户名').fill('rm001');
  await page.getByLabel('密码', { exact: true }).fill('tongguan-demo');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers/);
});

test('signing out leaves nothing behind', async ({ page }) => {
  await signInThroughForm(page, 'rm001');
  await page.getByRole('button', { name: '个人菜单' }).click();
  await page.getByRole('menuitem', { name: '退出登录' }).click();
  await expect(page.getByText('您已退出登录')).toBeVisible();
  await page.goto('/customers');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('the language of a person is kept by the server', async ({ page }) => {
  await enterAs(page, 'rm001');
  await page.goto('/customers');
  await page.getByRole('button', { name: '个人菜单' }).click();
  await page.getByRole('menuitemradio', { name: 'English' }).click();
  await expect(page.getByRole('heading', { name: 'Customers' })).toBeVisible();
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Customers' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await enterAs(page, 'rm001', 'zh');
});
