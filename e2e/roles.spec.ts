import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test('a role is changed as a draft, looked over, saved, in force, and set back', async ({ page }) => {
  await enterAs(page, 'security01');
  await page.goto('/admin/roles');
  await page.getByRole('row', { name: /客服坐席/ }).click();
  await expect(page.getByRole('heading', { name: '客服坐席' })).toBeVisible();
  const scope = page.getByRole('combobox', { name: '备注：查看' });
  await expect(scope).toHaveValue('all');
  await scope.selectOption('none');
  // What it writes may not be more than what it reads: said before anything is saved.
  await expect(page.getByRole('alert')).toContainText('不能大于其查看范围');
  await page.getByRole('combobox', { name: '备注：新建' }).selectOption('none');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.getByRole('button', { name: '核对并保存' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('备注 · 查看');
  await dialog.getByRole('button', { name: '保存', exact: true }).click();
  await expect(page.getByText('已保存并生效')).toBeVisible();
  await expect(page.getByText('已修改', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: '恢复标准定义' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click();
  await expect(page.getByText('标准', { exact: true })).toBeVisible();
  await expect(scope).toHaveValue('all');
});

test('a field is found, opened by a rule of its own, and the draft dropped', async ({ page }) => {
  await enterAs(page, 'security01', 'en');
  await page.goto('/admin/roles/rm?part=fields');
  await page.getByRole('searchbox').fill('phone');
  const see = page.getByRole('combobox', { name: 'Phone: See' }).first();
  await expect(see).toHaveValue('masked');
  await see.selectOption('clear');
  await expect(page.getByText('own rule').first()).toBeVisible();
  await page.getByRole('button', { name: 'Review and save' }).click();
  await expect(page.getByRole('dialog')).toContainText('wider');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(see).toHaveValue('masked');
});

test('the security administrator asks for a second person on tags, and takes it back', async ({ page }) => {
  await enterAs(page, 'security01');
  await page.goto('/admin/roles');
  const tags = page.getByRole('switch', { name: '标签' });
  await expect(tags).not.toBeChecked();
  await tags.click({ force: true });
  await expect(page.getByText('已保存，立即生效')).toBeVisible();
  await page.reload();
  await expect(tags).toBeChecked();
  await tags.click({ force: true });
  await expect(tags).not.toBeChecked();
});

test('leave: a colleague stands in, is told so on every page, until it is revoked', async ({ browser, baseURL }) => {
  const away = await (await browser.newContext({ baseURL: baseURL! })).newPage();
  await enterAs(away, 'rm001');
  await away.goto('/delegations');
  await away.getByRole('button', { name: '设置代理' }).first().click();
  await away.getByRole('combobox', { name: /代理人/ }).fill('rm002');
  await away.getByRole('option', { name: /rm002/ }).click();
  const today = await away.getByRole('textbox', { name: /开始日期/ }).inputValue();
  await away.getByRole('textbox', { name: /结束日期/ }).fill(today);
  await away.getByRole('textbox', { name: /事由/ }).fill('年假');
  await away.getByRole('button', { name: '保存' }).click();
  await expect(away.getByText('代理中').first()).toBeVisible();
  const page = await (await browser.newContext({ baseURL: baseURL! })).newPage();
  await enterAs(page, 'rm002');
  await page.goto('/customers');
  await expect(page.getByRole('note')).toContainText(`至 ${today}`);
  await away.getByRole('button', { name: '立即收回' }).click();
  await away.getByRole('dialog').getByRole('button', { name: '立即收回' }).click();
  await expect(away.getByText('已收回', { exact: true }).first()).toBeVisible();
  await page.reload();
  await expect(page.locator('.grid tbody tr[data-row]').first()).toBeVisible();
  await expect(page.getByRole('note')).toHaveCount(0);
});

test('why somebody sees a customer, and what he sees: for the security administrator without a single value', async ({
  page,
}) => {
  await enterAs(page, 'security01');
  const { request } = page.context();
  const [manager] = ((await (await request.get('/api/users?q=rm001')).json()) as { rows: { id: string }[] }).rows;
  await page.goto(`/access/view-as?user=${manager!.id}`);
  await page.getByRole('button', { name: '查看客户列表首页' }).click();
  const rows = page.getByRole('table', { name: '查看客户列表首页' }).getByRole('row');
  await expect(rows.nth(1)).toContainText('•••');
  await expect(rows.nth(1)).not.toContainText(/\d{3}/);
  await rows.nth(1).click();
  await page.getByRole('link', { name: '解释', exact: true }).click();
  await expect(page.getByText(/能看到这条客户记录/)).toBeVisible();
  await expect(page.getByRole('list', { name: '理由' })).toContainText('该客户的客户经理就是本人');
});
