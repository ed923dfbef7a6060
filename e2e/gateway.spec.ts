import { expect, test } from '@playwright/test';
import { enterAs } from './people.ts';

const ROWS = ['code,name,people', '901,东区,100', '902,西区,200', '903,,300'];
const file = { name: 'quyu_20261120.csv', mimeType: 'text/csv', buffer: Buffer.from(`${ROWS.join('\n')}\n`) };

test('somebody who never saw a mapping makes one from a file, tries it, loads it and takes it back', async ({
  page,
}) => {
  await enterAs(page, 'admin');
  await page.goto('/mappings/new');
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByRole('combobox', { name: /^装成/ })).toBeVisible();
  await page.getByRole('combobox', { name: /^装成/ }).selectOption('district');
  const preview = page.getByRole('table', { name: '预览' });
  await expect(preview).toContainText('东区');
  // The third row has no name, which a district must have.
  await expect(preview.locator('.preview-cell-bad').first()).toBeVisible();
  await page.getByRole('button', { name: '用全部数据试装载' }).click();
  await expect(page.getByRole('heading', { name: '试装载结果' })).toBeVisible();
  await page.getByRole('button', { name: '文本', exact: true }).click();
  const text = page.getByRole('textbox', { name: '文本' });
  await expect(text).toHaveValue(/entity: district/);
  await text.fill(`${await text.inputValue()}rejects: { share_max: 1 }\n`);
  await page.getByRole('button', { name: '应用文本' }).click();
  await page.getByRole('button', { name: '表单', exact: true }).click();
  await page.getByRole('button', { name: '保存并装载' }).click();
  await expect(page).toHaveURL(/\/loads\/\d+/);
  const run = page.getByRole('complementary');
  await expect(run.getByText('已完成')).toBeVisible({ timeout: 30_000 });
  await expect(run.getByText('重装更正后的拒绝行')).toBeVisible();
  await run.getByRole('button', { name: '撤回批次' }).click();
  const dialog = page.getByRole('dialog', { name: '撤回整个批次' });
  await dialog.getByLabel('撤回原因').fill('测试');
  await dialog.getByRole('button', { name: '撤回批次' }).click();
  await expect(run.getByText('已由 admin 撤回：测试')).toBeVisible({ timeout: 30_000 });
});

test('a feed is made on the page and says how it stands', async ({ page }) => {
  await enterAs(page, 'admin');
  await page.goto('/loads');
  await page.getByRole('button', { name: '新建接入' }).click();
  const dialog = page.getByRole('dialog', { name: '新建接入' });
  await dialog.getByLabel('中文名称').fill('捷克日终');
  await dialog.getByLabel('代码').fill('czech');
  await dialog.getByLabel('映射').selectOption('berka');
  await dialog.getByLabel('业务日期的位置').selectOption('folder');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('table', { name: '文件接入' })).toContainText('捷克日终');
});
