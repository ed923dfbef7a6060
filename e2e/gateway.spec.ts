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

test('a look-up and a first-of are chosen in the form, stand in the text, and come back from it', async ({ page }) => {
  const csv = (name: string, lines: string[]) => ({
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(`${lines.join('\n')}\n`),
  });
  await enterAs(page, 'designer01');
  await page.goto('/mappings/new');
  await page
    .locator('input[type=file]')
    .setInputFiles([
      csv('pianqu_20261120.csv', ['code,name,short,daqu', '911,东片,,1', '912,西片,西,2', '913,北片,北,9']),
      csv('daqu_20261120.csv', ['daqu,title', '1,华东', '2,华西']),
    ]);
  // Of the two steps the first is of daqu, which is only looked into.
  await page.getByRole('button', { name: '去掉这一步' }).click();
  await page.getByRole('combobox', { name: /^装成/ }).selectOption('district');

  await page.getByRole('button', { name: '加查找表' }).click();
  await page.getByRole('menuitem', { name: 'daqu' }).click();
  const lookup = page.getByRole('group', { name: '查找表 daqu' });
  await expect(lookup.getByRole('combobox', { name: '它的列' })).toHaveValue('daqu');
  await expect(lookup.getByRole('combobox', { name: '等于本行的列' })).toHaveValue('daqu');
  await page.getByRole('combobox', { name: '上级区域 取自' }).selectOption('column');
  await page.getByRole('combobox', { name: '上级区域 列' }).selectOption('daqu.title');
  await page.getByRole('combobox', { name: '名称 取自' }).selectOption('first_of');
  await page.getByRole('combobox', { name: '名称 第 1 种 列' }).selectOption('short');
  await page.getByRole('combobox', { name: '名称 第 2 种 列' }).selectOption('name');
  await page.getByRole('button', { name: '再加一种' }).click();
  await page.getByRole('combobox', { name: '名称 第 3 种 取自' }).selectOption('value');
  await page.getByRole('textbox', { name: '名称 第 3 种' }).fill('未命名');

  const preview = page.getByRole('table', { name: '预览' });
  const row = (code: string) => preview.getByRole('row').filter({ hasText: code });
  await expect(row('911')).toContainText('东片');
  await expect(row('911')).toContainText('华东');
  await expect(row('912')).toContainText('华西');
  await expect(row('912')).not.toContainText('西片');
  // No region 9: the row is rejected, unless the form says otherwise.
  await expect(preview.locator('.preview-bad')).toHaveCount(1);
  await lookup.getByRole('combobox', { name: '找不到时' }).selectOption('empty');
  await expect(row('913')).toContainText('北');
  await expect(preview.locator('.preview-bad')).toHaveCount(0);

  await page.getByRole('button', { name: '文本', exact: true }).click();
  const text = page.getByRole('textbox', { name: '文本' });
  await expect(text).toHaveValue(/lookups:\s+daqu:\s+file: daqu/);
  await expect(text).toHaveValue(/absent: empty/);
  await expect(text).toHaveValue(/first_of:\s+- column: short\s+- column: name\s+- value: 未命名/);
  await text.fill(
    (await text.inputValue())
      .replace('- value: 未命名', '- text: "{code} 号"')
      .replace('absent: empty', 'absent: reject'),
  );
  await page.getByRole('button', { name: '应用文本' }).click();
  await page.getByRole('button', { name: '表单', exact: true }).click();
  await expect(page.getByRole('textbox', { name: '名称 第 3 种' })).toHaveValue('{code} 号');
  await expect(lookup.getByRole('combobox', { name: '找不到时' })).toHaveValue('reject');
  await page.getByRole('button', { name: '去掉第 3 种' }).click();
  await page.getByRole('button', { name: '去掉第 1 种' }).click();
  await expect(page.getByRole('combobox', { name: '名称 取自' })).toHaveValue('column');
  await expect(page.getByRole('combobox', { name: '名称 列' })).toHaveValue('name');
  await lookup.getByRole('button', { name: '去掉查找表' }).click();
  await expect(lookup).toHaveCount(0);
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
