import { expect, test } from '@playwright/test';
import { counted, STEPS_MAX } from './counted.ts';
import { enterAs } from './people.ts';

test('a designer writes the 30 % rule from nothing and publishes it within two minutes of steps', async ({ page }) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/rules');
  const person = counted(page);
  await person.press('新建规则', 'link');
  await person.fill('中文名称', '资金异动三成');
  await person.press('条件');
  await person.pick('条件的对象', '当日流出');
  await person.press('与什么比较');
  await person.press('另一个指标的比例', 'menuitemradio');
  await person.pick('当日流出的比较值', '前一日管理资产');
  await person.fill('比例或倍数', '30%');
  await person.choose('优先级', 'high');
  await person.choose('时限单位', 'hours');
  const preview = page.getByRole('complementary', { name: '试算' });
  await expect(preview).toContainText(
    '当每个业务日结束时，如果 当日流出 大于 前一日管理资产 × 0.3，那么给客户经理建高优先级待办“资金异动三成”，2 个工作小时内完成',
  );
  await expect(preview.getByRole('status')).toContainText('位客户按现有数据会被提醒');
  // The reason follows the condition by itself, with the names that people know.
  await expect(page.getByRole('textbox', { name: '原因' })).toHaveValue(
    '{业务日期}：当日流出 {当日流出}，前一日管理资产 {前一日管理资产}。',
  );
  await person.press('发布');
  await page.getByRole('dialog').getByRole('button', { name: '发布' }).click();
  await expect(page.getByText('已发布并生效')).toBeVisible({ timeout: 60_000 });
  const steps = person.steps() + 1;
  test.info().annotations.push({ type: 'steps', description: String(steps) });
  expect(steps, 'steps of the 30 % rule').toBeLessThanOrEqual(STEPS_MAX);
  await page.goto('/design/rules');
  await expect(page.getByRole('row', { name: /资金异动三成/ }).first()).toContainText('已发布');
});

test('blocks and text are one rule; what the blocks cannot draw stays text, mistakes are told in their place', async ({
  page,
}) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/rules/idle_salary');
  await page.getByRole('button', { name: '文本', exact: true }).first().click();
  const text = page.getByRole('textbox', { name: '规则的文本' });
  await expect(text).toHaveValue(/cooldown_days: 90/);
  const before = await text.inputValue();
  await text.fill(before.replace('cooldown_days: 90', 'cooldown_days: 9000'));
  await expect(page.getByRole('alert').first()).toContainText('cooldown_days：超出上限 400');
  await text.fill(before.replace('cooldown_days: 90', 'cooldown_days: [90'));
  await expect(page.getByRole('alert').first()).toContainText('写法有误');
  await text.fill(before.replace('cooldown_days: 90', 'cooldown_days: 60\nsecret: 1'));
  await expect(page.getByText('积木画不出来')).toBeVisible();
  await text.fill(before.replace('cooldown_days: 90', 'cooldown_days: 60'));
  await page.getByRole('button', { name: '积木', exact: true }).click();
  await expect(page.getByRole('article', { name: '建待办' })).toBeVisible();
  await expect(page.getByRole('complementary', { name: '试算' })).toContainText('同一客户 60 天内不重复');
});

test('a rule is made of a template, watches another record, and takes more actions', async ({ page }) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/rules');
  await page.getByRole('button', { name: '从模板新建' }).click();
  await page.getByRole('dialog').getByRole('searchbox').fill('产品到期');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /产品到期跟进/ })
    .first()
    .click();
  await expect(page.getByRole('textbox', { name: '中文名称' })).toHaveValue('产品到期跟进（副本）');
  await expect(page.getByRole('combobox', { name: '看什么' })).toHaveValue('holding');
  await page.getByRole('button', { name: '添加动作' }).click();
  await page.getByRole('menuitem', { name: '通知同事' }).click();
  const card = page.getByRole('article', { name: '通知同事' });
  await card.getByRole('textbox', { name: '内容' }).fill('有产品到期：{');
  await card.getByRole('button', { name: '插入到内容' }).click();
  await page.getByRole('combobox', { name: '插入到内容' }).fill('到期日');
  await page.keyboard.press('Enter');
  await expect(card.getByRole('textbox', { name: '内容' })).toHaveValue(/到期日/);
  await card.getByRole('textbox', { name: '内容' }).fill('到期 {没有的名称} {nothing}');
  await expect(card.getByRole('alert')).toContainText('{nothing}');
  await card.getByRole('textbox', { name: '内容' }).fill('有产品到期');
  await expect(card.getByRole('alert')).toHaveCount(0);
  await page.getByRole('button', { name: '保存草稿' }).click();
  await expect(page.getByText('草稿已保存')).toBeVisible();
  await page.getByRole('button', { name: '更多' }).first().click();
  await page.getByRole('menuitem', { name: '放弃草稿' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '放弃草稿' }).click();
  await expect(page).toHaveURL(/design\/rules$/);
});

test('on a phone a rule is read and written without scrolling sideways', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await enterAs(page, 'designer01', 'en');
  await page.goto('/design/rules/large_outflow');
  await expect(page.getByRole('article', { name: 'Make a task' })).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});
