import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test('a user is made: what is missing is said at its field, what is taken as well', async ({ page }) => {
  await enterAs(page, 'admin');
  await page.goto('/admin/users');
  await page.getByRole('button', { name: '新建' }).click();
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByText('请填写姓名')).toBeVisible();
  await expect(page.getByRole('textbox', { name: '姓名' })).toBeFocused();
  await page.getByRole('textbox', { name: '姓名' }).fill('测试员');
  await page.getByRole('textbox', { name: '登录名' }).fill('rm001');
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.locator('.field-error')).toContainText('rm001');
  const username = `e2e${Date.now()}`;
  await page.getByRole('textbox', { name: '登录名' }).fill(username);
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page).toHaveURL(/\/admin\/users\/\d+/);
  await expect(page.getByRole('dialog')).toContainText('生成一次性密码');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('complementary', { name: '用户' })).toContainText(username);
});

test('a stale form is told so and takes up the latest version', async ({ page }) => {
  await enterAs(page, 'admin');
  const { request } = page.context();
  const username = `stale${Date.now()}`;
  const made = await request.post('/api/users', { data: { name: '甲', username, active: true } });
  expect(made.status(), await made.text()).toBe(201);
  const user = (await made.json()) as { id: string; version: number };
  await page.goto(`/admin/users/${user.id}`);
  await page.getByRole('button', { name: '编辑' }).click();
  const behind = await request.patch(`/api/users/${user.id}`, { data: { version: user.version, name: '乙' } });
  expect(behind.status()).toBe(200);
  await page.getByRole('textbox', { name: '姓名' }).fill('丙');
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('alert')).toContainText('刚被他人修改过');
  await page.getByRole('button', { name: '载入最新内容' }).click();
  await expect(page.getByRole('heading', { name: '乙' })).toBeVisible();
});

test('leaving a changed form asks first', async ({ page }) => {
  await enterAs(page, 'admin');
  await page.goto('/admin/org-units/new');
  await page.getByRole('textbox', { name: '机构名称' }).fill('未存的机构');
  await page.getByRole('link', { name: '业务日', exact: true }).first().click();
  await expect(page.getByRole('dialog')).toContainText('放弃未保存的修改');
  await page.getByRole('button', { name: '继续编辑' }).click();
  await expect(page.getByRole('textbox', { name: '机构名称' })).toHaveValue('未存的机构');
  await page.getByRole('link', { name: '业务日', exact: true }).first().click();
  await page.getByRole('button', { name: '放弃修改' }).click();
  await expect(page).toHaveURL(/\/business-days$/);
});

test('the tree of units leads to a unit, its people, and a unit below', async ({ page }) => {
  await enterAs(page, 'admin');
  await page.goto('/admin/org-units');
  const units = page.locator('.unit-name');
  await expect(units.first()).toBeVisible();
  const name = (await units.first().locator('span').first().textContent())!;
  await units.first().click();
  const panel = page.getByRole('complementary', { name: '机构' });
  await expect(panel.getByRole('heading', { name, exact: true })).toBeVisible();
  await expect(panel).toContainText(`${name}的人员`);
  await panel.getByRole('button', { name: '新建下级机构' }).click();
  await expect(panel.getByRole('combobox', { name: '上级机构' })).toHaveValue(name);
  await page.keyboard.press('Escape');
});

test('every entity that may be read has a list', async ({ page }) => {
  await enterAs(page, 'compliance01');
  await page.goto('/customers');
  await page.locator('.nav-fold').click();
  const links = page.locator('.nav-records a');
  await expect(links.first()).toBeVisible();
  const count = await links.count();
  expect(count).toBeGreaterThan(8);
  for (let at = 0; at < count; at += 1) {
    await links.nth(at).click();
    await expect(links.nth(at)).toHaveClass(/active/);
    await expect(page.locator('.list-scroll')).toHaveAttribute('aria-busy', 'false');
    await expect(page.getByRole('alert')).toHaveCount(0);
  }
});

test('on a phone a card names its customer and its dates, and tells yes or no where it is not as usual', async ({
  page,
}) => {
  await enterAs(page, 'head01');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/list/alerts');
  const alert = page.locator('.card').first();
  await expect(alert.locator('.card-figure')).not.toBeEmpty();
  await expect(alert).toContainText(/提醒时间 \d{4}-\d\d-\d\d .*业务日期 \d{4}-\d\d-\d\d/);
  await expect(alert).not.toContainText('补做');

  await page.route('**/api/users?*', async (route) => {
    const answer = await route.fetch();
    const page = await answer.json();
    page.rows[0].active = false;
    page.rows[1].active = true;
    await route.fulfill({ response: answer, json: page });
  });
  await enterAs(page, 'admin');
  await page.goto('/list/users');
  await expect(page.locator('.card').first()).toContainText('启用 否');
  await expect(page.locator('.card').nth(1)).not.toContainText('启用');
});
