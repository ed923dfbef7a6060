import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test('Ctrl-K searches from any page, forgives a slip, says why, and remembers whom one opened', async ({ page }) => {
  await enterAs(page, 'rm001');
  const made = await page.context().request.post('/api/customers', { data: { name: '诸葛晓岚', kind: 'person' } });
  expect(made.status()).toBe(201);
  await page.goto('/day-plan');
  await expect(page.getByRole('combobox', { name: /搜索：/ })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('zugexiaolna');
  const hit = page.getByRole('option').filter({ hasText: '诸葛晓岚' }).first();
  await expect(hit).toContainText('相近');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\/\d+/);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('option').filter({ hasText: '诸葛晓岚' })).toBeVisible();
  await page.keyboard.type('审批');
  await expect(page.getByRole('option').filter({ hasText: '审批' })).toBeVisible();
});

test('two who may be one are shown side by side, and a merge waits for another person', async ({ page }) => {
  await enterAs(page, 'rm001');
  const phone = '13655540321';
  for (const email of ['one@example.com', 'two@example.com']) {
    const data = { name: '司徒一鸣', kind: 'person', phone, email };
    const made = await page.context().request.post('/api/customers', { data });
    expect(made.status(), await made.text()).toBe(201);
  }
  await enterAs(page, 'compliance01');
  await page.goto('/identity');
  await page.getByRole('button', { name: '立即查找' }).click();
  const card = page.getByRole('article').filter({ hasText: '136****0321' });
  await expect(card).toBeVisible({ timeout: 15_000 });
  await expect(card).toContainText('手机号码与姓名相同');
  await card.getByRole('button', { name: '提出合并' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '提出合并' }).click();
  await expect(card).toContainText('等待另一人复核');
  await expect(card.getByRole('button', { name: '批准合并' })).toHaveCount(0);
});

test('a profession that does not fit the age is warned of in the form and listed', async ({ page }) => {
  await enterAs(page, 'rm001');
  const data = { name: '小小', kind: 'person', birth_date: '2019-02-01', occupation: '律师' };
  const made = await page.context().request.post('/api/customers', { data });
  expect(made.status()).toBe(201);
  await page.goto('/quality');
  await expect(page.getByRole('button', { name: /未成年人的职业与年龄不符/ })).toBeVisible();
  await page.getByRole('button', { name: /未成年人的职业与年龄不符/ }).click();
  await expect(page.getByRole('row').filter({ hasText: '小小' }).first()).toBeVisible();
});
