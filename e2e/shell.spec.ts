import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test.beforeEach(async ({ page }) => enterAs(page, 'rm001'));

test('keys lead through the product', async ({ page }) => {
  await page.goto('/customers');
  await expect(page.locator('.grid tbody tr[data-row]').first()).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(page).toHaveURL(/\/day-plan/);
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(page).toHaveURL(/\/customers/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: '键盘快捷键' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the search of the header finds a customer from any page', async ({ page }) => {
  const answer = await page.context().request.get('/api/customers?limit=1&columns=name');
  const { rows } = (await answer.json()) as { rows: { id: string; name: string }[] };
  await page.goto('/day-plan');
  await page.getByRole('combobox', { name: /搜索：/ }).fill(rows[0]!.name);
  await expect(page.getByRole('option').first()).toContainText(rows[0]!.name);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\/\d+/);
});

test('the look is chosen and kept', async ({ page }) => {
  await page.goto('/customers');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByRole('button', { name: '个人菜单' }).click();
  await page.getByRole('menuitemradio', { name: '深色' }).click();
  const dark = await ground();
  await page.reload();
  expect(await ground()).toBe(dark);
  await page.getByRole('button', { name: '个人菜单' }).click();
  await page.getByRole('menuitemradio', { name: '浅色' }).click();
  expect(await ground()).not.toBe(dark);
});

test('a wrong address is a page, not a blank', async ({ page }) => {
  await page.goto('/nothing/here');
  await expect(page.getByText('没有这个页面')).toBeVisible();
  await page.goto('/list/unicorns');
  await expect(page.getByText('没有“unicorns”这类数据')).toBeVisible();
});

test('a lost connection is said, and said to be over', async ({ page, context }) => {
  await page.goto('/customers');
  await expect(page.locator('.grid tbody tr[data-row]').first()).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText('与服务器的连接已断开')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('已重新连接')).toBeVisible({ timeout: 10_000 });
});

test('no page asks anybody but the own server', async ({ page, baseURL }) => {
  const strangers: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL!) && !request.url().startsWith('data:')) strangers.push(request.url());
  });
  for (const path of ['/customers', '/day-plan', '/list/tasks']) {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
  }
  expect(strangers).toEqual([]);
});
