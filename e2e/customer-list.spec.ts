import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

test.beforeEach(async ({ page }) => enterAs(page, 'head01'));

const rows = '.grid tbody tr[data-row]';

test('filters are chips, live in the address and survive a reload', async ({ page }) => {
  await page.goto('/customers');
  await expect(page.locator(rows).first()).toBeVisible();
  await page.getByRole('button', { name: '客户类型' }).first().click();
  await page.locator('.filter-panel').getByText('企业').click();
  await page.getByRole('button', { name: '完成' }).click();
  await expect(page).toHaveURL(/filter=kind:in:company/);
  await expect(page.locator(rows).first()).toContainText('企业');
  await expect(page.locator(rows).filter({ hasText: '个人' })).toHaveCount(0);
  const total = await page.locator('.list-total').first().textContent();
  await page.reload();
  await expect(page.locator('.filter-chip[data-set]')).toContainText('企业');
  await expect(page.locator('.list-total').first()).toHaveText(total!);
  await page.getByRole('button', { name: '移除 客户类型' }).click();
  await expect(page).not.toHaveURL(/filter=/);
});

test('an amount range is typed as people say it', async ({ page }) => {
  await page.goto('/customers');
  await page.locator('.filter-chip', { hasText: '管理资产' }).getByRole('button').first().click();
  await page.getByLabel('下限').fill('1万');
  await expect(page.getByText('1.00 万')).toBeVisible();
  await page.getByLabel('上限').fill('1,000万');
  await page.getByRole('button', { name: '应用' }).click();
  await expect(page).toHaveURL(/filter=aum:between:10000,10000000/);
  await expect(page.locator('.filter-chip[data-set]')).toContainText('1.00 万 – 1,000.00 万');
});

test('a heading sorts, and once more turns it round', async ({ page }) => {
  await page.goto('/customers');
  const heading = page.getByRole('columnheader', { name: '管理资产' });
  await expect(heading).toHaveAttribute('aria-sort', 'descending');
  await heading.getByRole('button').click();
  await expect(heading).toHaveAttribute('aria-sort', 'ascending');
  await expect(page).toHaveURL(/sort=aum/);
  await page.getByRole('columnheader', { name: '姓名' }).getByRole('button').click();
  await expect(page).toHaveURL(/sort=pinyin/);
});

test('search finds by part of the name, and says so when nobody is found', async ({ page }) => {
  await page.goto('/customers');
  const first = page.locator(rows).first();
  const name = (await first.locator('.grid-title').textContent())!;
  await page.keyboard.press('/');
  await page.keyboard.type(name.slice(0, 2));
  await expect(page).toHaveURL(/q=/);
  await expect(page.locator(rows).filter({ hasText: name }).first()).toBeVisible();
  await page.getByRole('searchbox', { name: '姓名、拼音、手机尾号', exact: true }).fill('查无此人甲乙丙');
  await expect(page.getByText('没有符合条件的客户')).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: '清除筛选' }).click();
  await expect(page.locator(rows).first()).toBeVisible();
});

test('keys walk the list and open the customer', async ({ page }) => {
  await page.goto('/customers');
  await expect(page.locator(rows).first()).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(page.locator('[data-row="1"]')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\/\d+/);
});

test('a long list loads as it is walked and keeps few rows in the page', async ({ page }) => {
  await enterAs(page, 'compliance01');
  await page.goto('/customers');
  await expect(page.locator(rows).first()).toBeVisible();
  const scroller = page.locator('.list-scroll');
  const lastRow = async () => Number(await page.locator(rows).last().getAttribute('data-row'));
  // A page holds a hundred rows; three pages must have come.
  await expect
    .poll(async () => {
      await scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
      return lastRow();
    })
    .toBeGreaterThan(210);
  expect(await page.locator(rows).count()).toBeLessThan(120);
});

test('columns are chosen, ordered and remembered', async ({ page }) => {
  await page.goto('/customers');
  await page.getByRole('button', { name: '列', exact: true }).click();
  await page.locator('.column-panel').getByText('职业').click();
  await page.locator('.column-panel').getByText('手机号码').click();
  await expect(page.getByRole('columnheader', { name: '职业 / 行业' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: '手机号码' })).toHaveCount(0);
  await page.goto('/customers');
  await expect(page.getByRole('columnheader', { name: '职业 / 行业' })).toBeVisible();
});

test('a head picks customers by a metric and makes a task for each', async ({ page }) => {
  await page.goto('/customers?columns=name,metric_days_silent,tags&sort=-metric_days_silent');
  const boxes = page.locator('tbody .grid-pick input');
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await expect(page.getByRole('toolbar')).toContainText('已选 2 位');
  await page.getByRole('button', { name: '建待办' }).click();
  await page.getByLabel('待办标题').fill('沉默客户回访');
  await page.getByRole('button', { name: '处理 2 位客户' }).click();
  await expect(page.getByText('共 2 位，已完成 2 位')).toBeVisible();
  await page.getByRole('button', { name: '完成' }).click();
  await expect(page.getByRole('toolbar')).toHaveCount(0);
  await page.goto('/list/tasks?q=沉默客户回访');
  await expect(page.locator('tbody tr[data-row]')).toHaveCount(2);
});

test('a head keeps the filter of the list as the draft of a segment, and is told what stays out', async ({ page }) => {
  await page.goto('/customers?filter=aum:gte:500000&filter=tags:in:silent&filter=branch:not_null');
  await page.getByRole('button', { name: '存为客群' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('管理资产');
  await expect(dialog).toContainText('沉默客户');
  await expect(dialog).toContainText('所属机构：机构、客户经理等引用不能写进条件');
  await dialog.getByLabel('客群名称').fill(`沉默的大客户 ${Date.now()}`);
  await dialog.getByRole('button', { name: '保存为草稿' }).click();
  await expect(page).toHaveURL(/\/design\/segments\/segment_/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('沉默的大客户');
});

test('on a phone customers are chosen and given a tag with its last day and reason, then it is taken away again', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/customers');
  await page.getByRole('button', { name: '选择', exact: true }).click();
  await page.locator('.card').nth(3).click();
  await page.locator('.card').nth(4).click();
  await expect(page.getByRole('toolbar')).toContainText('已选 2 位');
  await page.getByRole('button', { name: '打标签' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^标签/).selectOption('watched');
  await dialog.getByLabel(/^到期日/).fill('2027-06-30');
  await dialog.getByLabel(/^原因/).fill('大额资金即将到期');
  await dialog.getByRole('button', { name: '处理 2 位客户' }).click();
  await expect(dialog).toContainText('共 2 位，已完成 2 位');
  await dialog.getByRole('button', { name: '完成' }).click();
  await page.goto('/customers?filter=tags:in:watched');
  await expect(page.locator('.card')).toHaveCount(2);
  await page.getByRole('button', { name: '选择', exact: true }).click();
  await page.getByRole('button', { name: '选择符合条件的全部' }).click();
  await page.getByRole('button', { name: '去标签' }).click();
  await dialog.getByLabel(/^标签/).selectOption('watched');
  await dialog.getByRole('button', { name: '处理 2 位客户' }).click();
  await expect(dialog).toContainText('共 2 位，已完成 2 位');
  await dialog.getByRole('button', { name: '完成' }).click();
  await expect(page.locator('.card')).toHaveCount(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test('on a phone rows are cards and filters open as a sheet', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/customers');
  await expect(page.locator('.cards .card').first()).toBeVisible();
  await expect(page.getByRole('navigation').last()).toBeVisible();
  await page.getByRole('button', { name: '客户类型' }).first().click();
  const sheet = page.locator('.filter-panel[data-sheet]');
  await expect(sheet).toBeVisible();
  await sheet.getByText('企业').click();
  await sheet.getByRole('button', { name: '完成' }).click();
  await expect(page.locator('.cards .card').first()).toContainText('企业');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(390);
  await page.locator('.cards .card').first().click();
  await expect(page).toHaveURL(/\/customers\/\d+/);
});
