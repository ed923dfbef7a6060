import { expect, type Page, test } from '@playwright/test';
import { enterAs } from './people.ts';

/** Counts what a person does: a press, a word typed, a choice made. */
function counted(page: Page) {
  let steps = 0;
  const did = async (act: Promise<unknown>) => {
    steps += 1;
    await act;
  };
  return {
    press: (name: string | RegExp, role: 'button' | 'link' | 'menuitemradio' | 'tab' = 'button') =>
      did(
        page
          .getByRole(role, { name, ...(typeof name === 'string' && { exact: true }) })
          .first()
          .click(),
      ),
    /** Opens a word of the sentence and picks by typing. */
    pick: async (words: string, typed: string, index = 0) => {
      await did(page.getByRole('button', { name: words }).nth(index).click());
      await did(
        page
          .getByRole('combobox', { name: words.split(' ')[0]! })
          .last()
          .fill(typed),
      );
      await did(page.keyboard.press('Enter'));
    },
    fill: (name: string | RegExp, text: string, index = 0) =>
      did(page.getByRole('textbox', { name }).nth(index).fill(text)),
    key: (key: string) => did(page.keyboard.press(key)),
    steps: () => steps,
  };
}

/** Steps that a business person does in two minutes, at four seconds each. */
const STEPS_MAX = 30;

test('a designer writes the tag of the 30 % rule from nothing, publishes it, and sees who has it', async ({ page }) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/tags');
  const person = counted(page);
  await person.press('新建标签', 'link');
  await person.fill('中文名称', '大额流出');
  await person.press('条件');
  await person.pick('条件的对象', '当日流出');
  await person.press('与什么比较');
  await person.press('另一个指标的比例', 'menuitemradio');
  await person.pick('当日流出的比较值', '前一日管理资产');
  await person.fill('比例或倍数', '30%');
  await expect(page.getByText('当日流出 大于 前一日管理资产 × 30 %')).toBeVisible();
  await expect(page.getByRole('complementary', { name: '试算' }).getByRole('status')).toContainText('位客户符合');
  await person.press('发布');
  await page.getByRole('dialog').getByRole('textbox', { name: '说明' }).fill('流失预警');
  await page.getByRole('dialog').getByRole('button', { name: '发布' }).click();
  await expect(page.getByText('已发布并生效')).toBeVisible({ timeout: 30_000 });
  expect(person.steps(), 'steps of the 30 % rule').toBeLessThanOrEqual(STEPS_MAX);
  await page.getByRole('tab', { name: '客户', exact: true }).click();
  await expect(page.locator('.members .list-total')).toBeVisible();
});
