import { expect, type Page, test } from '@playwright/test';
import { counted, STEPS_MAX } from './counted.ts';
import { enterAs, type Person } from './people.ts';

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

test('a metric is made and filled for all customers, and a segment asks for it', async ({ page }) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/metrics/new');
  const person = counted(page);
  await person.fill('中文名称', '近 7 天最大流出');
  await person.fill('英文名称', 'Largest outflow 7d');
  await page.getByRole('combobox', { name: '怎样汇总' }).selectOption('max');
  await page.getByRole('textbox', { name: '天数' }).fill('7');
  await person.press('条件');
  await person.pick('条件的对象', 'shouzhi'); // 收支, by its pinyin
  await page.getByRole('combobox', { name: '比较方式' }).selectOption('eq');
  await page.getByRole('combobox', { name: '收支的比较值' }).selectOption('out');
  await expect(page.getByText('近 7 天 交易的金额 · 最大')).toBeVisible();
  await person.press('发布');
  await page.getByRole('dialog').getByRole('button', { name: '发布' }).click();
  await expect(page.getByText('已发布并生效')).toBeVisible({ timeout: 60_000 });

  await page.goto('/design/segments/new');
  await person.fill('中文名称', '大额转出客户');
  await person.press('条件');
  await person.pick('条件的对象', '近 7 天最大流出');
  await person.fill('近 7 天最大流出的比较值', '1万');
  await page.keyboard.press('Tab');
  await expect(page.getByText('近 7 天最大流出 大于 10,000 元')).toBeVisible();
  await expect(page.getByRole('complementary', { name: '试算' }).getByRole('status')).toContainText('位客户符合');
  await person.press('发布');
  await page.getByRole('dialog').getByRole('button', { name: '发布' }).click();
  await expect(page.getByText('已发布并生效')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('tab', { name: '客户', exact: true }).click();
  await expect(page.locator('.members .list-total')).toContainText(/\d/);
  await expect(page.locator('.members [data-row]').first()).toBeVisible();
});

test('rows and text are one condition: groups, undo, mistakes in their place', async ({ page }) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/segments/new');
  await page.getByRole('textbox', { name: '中文名称' }).fill('试一试');
  await page.getByRole('button', { name: '文本', exact: true }).click();
  const text = page.getByRole('textbox', { name: '哪些客户在此客群' });
  await text.fill('aum > 5000000 and (kind = "company" or days_silent >= 90) and aum - aum_previous > 0 and agee > 3');
  await expect(page.getByRole('alert')).toContainText('age');
  await text.fill('aum > 5000000 and (kind = "company" or days_silent >= 90) and aum - aum_previous > 0');
  await page.getByRole('button', { name: '逐条', exact: true }).click();
  const reads = page.locator('.conditions-sentence');
  await expect(reads).toContainText(
    '管理资产 大于 5,000,000 元 且 （客户类型 等于 企业 或 沉默天数 至少 90 天） 且 管理资产 − 前一日管理资产 大于 0',
  );
  const first = page.getByRole('button', { name: /^条件的对象 管理资产$/ });
  await first.focus();
  await page.keyboard.press('Alt+ArrowDown');
  await expect(reads).toContainText('读作 （管理资产 大于 5,000,000 元 或 客户类型');
  await page.keyboard.press('Control+z');
  await expect(reads).toContainText('读作 管理资产 大于 5,000,000 元 且');
  await first.focus();
  await page.keyboard.press('Alt+Backspace');
  await expect(reads).not.toContainText('5,000,000');
  await page.getByRole('button', { name: '文本', exact: true }).click();
  await expect(text).toHaveValue('(kind = "company" or days_silent >= 90) and (aum - aum_previous) > 0');
  // What is not saved is not lost by a slip.
  await page.getByRole('link', { name: '全部客群' }).click();
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page).toHaveURL(/segments$/);
});

test('the bound of a tier is moved: who would go from where to where, and a draft that is discarded', async ({
  page,
}) => {
  await enterAs(page, 'designer01');
  await page.goto('/design/tiers');
  await page
    .getByRole('link', { name: /财富客户/ })
    .first()
    .click();
  await page.getByRole('button', { name: '与什么比较' }).first().click();
  await page.getByRole('menuitemradio', { name: '固定值' }).click();
  await page.getByRole('textbox', { name: '管理资产的比较值' }).fill('50万');
  await expect(page.getByRole('table', { name: '从 ↓ 到 →' })).toContainText('大众客户');
  await page.getByRole('button', { name: '保存草稿' }).click();
  await expect(page.getByText('草稿已保存')).toBeVisible();
  await page.getByRole('tab', { name: /历史/ }).click();
  await expect(page.getByRole('table', { name: '改动' }).first()).toContainText('管理资产 大于 500,000 元');
  await page.getByRole('button', { name: '更多' }).first().click();
  await page.getByRole('menuitem', { name: '放弃草稿' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '放弃草稿' }).click();
  await expect(page.getByText('草稿已放弃')).toBeVisible();
});

/** Another designer: hired by the administrator, given his role by security, with a password of his own. */
async function enterAsNewDesigner(page: Page, username: string): Promise<void> {
  const { request } = page.context();
  const send = async (method: 'POST' | 'PATCH' | 'DELETE', path: string, data: object = {}) => {
    const answer = await request.fetch(path, { method, data });
    expect(answer.ok(), `${path} ${await answer.text()}`).toBe(true);
    return answer.status() === 204 ? undefined : await answer.json();
  };
  const enterSurely = async (person: Person) => {
    await enterAs(page, person);
    await send('POST', '/api/session/step-up', { password: 'tongguan-demo' });
  };
  await enterSurely('admin');
  const { id, version } = await send('POST', '/api/users', { name: '设计员二', username, active: true });
  const { password } = await send('POST', `/api/users/${id}/password`);
  await enterSurely('security01');
  await send('PATCH', `/api/users/${id}`, { version, roles: ['designer'] });
  await request.delete('/api/session');
  await send('POST', '/api/session', { username, password });
  await send('POST', '/api/session/new-password', { password: 'two pairs of eyes see more' });
  await send('PATCH', '/api/session', { language: 'zh' });
}

test('where a second person is asked for, the maker waits and another designer approves', async ({ page, browser }, {
  retry,
}) => {
  const asked = async (kinds: string[]) => {
    const context = await browser.newContext();
    const guard = await context.newPage();
    await enterAs(guard, 'security01');
    const answer = await context.request.put('/api/definition-approval', { data: { kinds } });
    expect(answer.status(), await answer.text()).toBe(200);
    await context.close();
  };
  await asked(['tags']);
  const other = await browser.newContext({ locale: 'zh-CN' });
  try {
    await enterAs(page, 'designer01');
    await page.goto('/design/tags/new');
    await page.getByRole('textbox', { name: '中文名称' }).fill('须两人发布');
    await page.getByRole('textbox', { name: '英文名称' }).fill('Two persons');
    await page.getByRole('button', { name: '文本', exact: true }).click();
    await page.getByRole('textbox', { name: '哪些客户带此标签' }).fill('aum > 5000000');
    await page.getByRole('button', { name: '发布', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: '发布' }).click();
    await expect(page.getByText('已提交，等待他人批准')).toBeVisible();
    await expect(page).toHaveURL(/two_persons/);
    await expect(page.getByText('待批准')).toBeVisible();
    await expect(page.getByText(/已申请发布，须由另一人批准/).first()).toBeVisible();
    const approve = (of: Page) => of.getByRole('button', { name: '批准并发布' });
    await expect(approve(page)).toBeDisabled();
    await expect(approve(page)).toHaveAttribute('title', '您已申请发布，须由另一人批准');
    await expect(page.getByText('已发布并生效')).toHaveCount(0);

    const second = await other.newPage();
    await enterAsNewDesigner(second, `designer02${retry || ''}`);
    await second.goto(page.url());
    await expect(second.getByText(/已申请发布，须由另一人批准/).first()).toBeVisible();
    await approve(second).click();
    await second.getByRole('dialog').getByRole('button', { name: '发布' }).click();
    await expect(second.getByText('已发布并生效')).toBeVisible({ timeout: 60_000 });
    await page.reload();
    await expect(page.getByText('待批准')).toHaveCount(0);
    await expect(page.getByText('已发布', { exact: true })).toBeVisible();
  } finally {
    await other.close();
    await asked([]);
  }
});

test('a head reads definitions and asks why, but changes nothing; in English', async ({ page }) => {
  await enterAs(page, 'head01', 'en');
  await page.goto('/design/tags');
  await expect(page.getByRole('link', { name: 'New tag' })).toHaveCount(0);
  await page
    .getByRole('row', { name: /silent/ })
    .last()
    .click();
  await expect(page.getByText('You may look at definitions but not change them')).toBeVisible();
  await expect(page.locator('.conditions-sentence')).toContainText('Days silent is at least 90 days');
  await expect(page.getByRole('button', { name: 'Publish' })).toHaveCount(0);
  await page.getByRole('tab', { name: 'Why, why not' }).click();
  await page.getByRole('combobox', { name: 'Customer' }).fill('王');
  await page.getByRole('option').first().click();
  await expect(page.getByRole('table', { name: 'Condition' })).toContainText(/holds/);
});

test('on a phone a condition is built without scrolling sideways', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await enterAs(page, 'designer01');
  await page.goto('/design/tags/new');
  const person = counted(page);
  await person.fill('中文名称', '手机上写的标签');
  await person.press('条件');
  await person.pick('条件的对象', '管理资产');
  await person.fill('管理资产的比较值', '500万');
  await page.keyboard.press('Tab');
  await expect(page.locator('.conditions-sentence')).toContainText('管理资产 大于 5,000,000 元');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});
