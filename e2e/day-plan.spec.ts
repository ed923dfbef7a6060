import { expect, type Locator, type Page, test } from '@playwright/test';
import { enterAs, signInThroughForm } from './people.ts';

const cards = (page: Page): Locator => page.getByRole('region', { name: '今日待办客户' }).getByRole('article');
const detail = (page: Page): Locator => page.getByRole('region', { name: '客户与待办' });
const count = async (page: Page, name: string): Promise<number> =>
  Number(await page.locator('.plan-count', { hasText: name }).locator('b').textContent());

const HOUR_MS = 3_600_000;

/** Tasks of one's own making, so that no test lives on what another one leaves. */
async function giveTasks(page: Page, count: number): Promise<void> {
  const { request } = page.context();
  const session = await (await request.get('/api/session')).json();
  const found = await (await request.get(`/api/customers?columns=name&sort=-aum&limit=${count}`)).json();
  for (const customer of found.rows) {
    const answer = await request.post('/api/tasks', {
      data: {
        customer: customer.id,
        title: '季度资产检视',
        reason: '本季度尚未与客户检视资产。',
        script: '[客户姓名]您好，我是[经理姓名]，想和您约个时间看看资产安排。',
        priority: 'high',
        assignee: session.user.id,
        due_at: new Date(Date.now() + 5 * HOUR_MS).toISOString(),
      },
    });
    expect(answer.status(), await answer.text()).toBe(201);
  }
}

test('the day of a relationship manager: sign in, card, 360, note, done', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 1);
  await page.context().clearCookies();
  await signInThroughForm(page, 'rm001');
  await expect(page).toHaveURL(/\/day-plan$/);
  const first = cards(page).first();
  await expect(first).toHaveAttribute('aria-current', 'true');
  const name = (await first.getByRole('link').textContent())!.trim();
  await expect(detail(page).getByRole('heading', { level: 2 })).toHaveText(name);
  const title = (await first.locator('[aria-current] .plan-task-title').textContent())!;
  const open = await count(page, '待办');
  const done = await count(page, '今日完成');

  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  const note = `上午十点后方便接电话 ${Date.now()}`;
  await page.getByLabel('写一条备注').fill(note);
  await page.getByRole('button', { name: '添加备注' }).click();
  const notes = page.getByRole('region', { name: '备注' });
  await expect(notes.getByText(note)).toBeVisible();

  await page.keyboard.press('Escape');
  await expect(detail(page).getByRole('heading', { level: 2 })).toHaveText(name);
  const said = `已确认资金用途 ${Date.now()}`;
  await page.keyboard.press('n');
  await page.keyboard.type(said);
  await detail(page).getByRole('button', { name: '已联系' }).click();
  await expect(page.getByText(`${name}：已记为“已联系”`)).toBeVisible();
  await expect.poll(() => count(page, '待办')).toBe(open - 1);
  await expect.poll(() => count(page, '今日完成')).toBe(done + 1);

  await page.locator('.plan-count', { hasText: '今日完成' }).click();
  await expect(page).toHaveURL(/status=done/);
  const finished = cards(page).filter({ hasText: name }).first();
  await expect(finished).toContainText(title);
  await finished.getByRole('link').click();
  const history = page.getByRole('region', { name: '动态' });
  await expect(history.getByText(said)).toBeVisible();
  await expect(history.getByText('电话 · 已联系').first()).toBeVisible();
});

test('a result is taken back by one press', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 1);
  await page.goto('/day-plan');
  const open = await (async () => {
    await expect(cards(page).first()).toBeVisible();
    return count(page, '待办');
  })();
  const title = (await page.locator('.plan-task[aria-current] .plan-task-title').textContent())!;
  await page.keyboard.press('2');
  await expect.poll(() => count(page, '待办')).toBe(open - 1);
  await page.getByRole('button', { name: '撤销' }).click();
  await expect(page.getByText(`已恢复“${title}”`)).toBeVisible();
  await expect.poll(() => count(page, '待办')).toBe(open);
});

test('keys walk the tasks; a follow-up asks for the day, a snooze lets the task go', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 4);
  await page.goto('/day-plan');
  const focused = page.locator('.plan-task[aria-current]');
  await expect(focused).toBeVisible();
  const first = await focused.getAttribute('id');
  await page.keyboard.press('j');
  await expect(focused).not.toHaveAttribute('id', first!);
  await page.keyboard.press('k');
  await expect(focused).toHaveAttribute('id', first!);
  await page.keyboard.press('j');

  const second = await focused.getAttribute('id');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: '资产走势' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(focused).toHaveAttribute('id', second!);

  await page.keyboard.press('5');
  await page.getByRole('button', { name: /^3 天后/ }).click();
  await expect(page.getByText('已记为“待跟进”')).toBeVisible();
  await expect(page.locator(`#${second}`)).toHaveCount(0);

  const third = await focused.getAttribute('id');
  // The keys are those of the task that is shown, and it is read anew after the one before.
  await expect(page.getByRole('button', { name: /^推迟/ })).toBeVisible();
  await page.keyboard.press('s');
  await page.getByRole('button', { name: /^下周一/ }).click();
  await expect(page.getByText(/已推迟到 \d{4}-\d{2}-\d{2}/)).toBeVisible();
  await expect(page.locator(`#${third}`)).toHaveCount(0);
});

test('a task tells why it is there and what to say', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await enterAs(page, 'head01');
  const { rows } = await (
    await page.request.get('/api/tasks?columns=customer,title&filter=rule:not_null&filter=status:eq:done&limit=1')
  ).json();
  await page.goto(`/customers/${rows[0].customer.id}`);
  const block = page.getByRole('region', { name: '待办', exact: true });
  await block.getByText(/^已处理/).click();
  await block.getByRole('button', { name: rows[0].title }).first().click();
  const work = block.locator('.task-work').last();
  await expect(work.locator('.task-reason')).not.toBeEmpty();
  await expect(work.locator('.evidence tbody tr').first()).toBeVisible();
  const script = await work.locator('blockquote').textContent();
  expect(script).not.toContain('[客户姓名]');
  await work.getByRole('button', { name: '复制话术' }).click();
  await expect(page.getByText('话术已复制')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(script);
});

test('an alert that was of no use says why; the place in the plan is explained', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 1);
  await page.goto('/day-plan');
  await expect(cards(page).first()).toBeVisible();
  await expect(cards(page).first().locator('.rank-bars')).toHaveAttribute(
    'aria-label',
    /价值 \d+% · 紧迫 \d+% · 把握 \d+%/,
  );
  const why = detail(page).locator('.rank-words');
  await expect(why).toContainText('价值');
  await expect(why).toContainText(/优先级/);
  const focused = page.locator('.plan-task[aria-current]');
  const id = await focused.getAttribute('id');
  await page.keyboard.press('6');
  await expect(page.getByText('为什么无用')).toBeVisible();
  await page.keyboard.press('3');
  await expect(page.getByText('已记为“提醒无用”')).toBeVisible();
  await expect(page.locator(`#${id}`)).toHaveCount(0);
});

test('the day takes as many customers as its owner says', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 3);
  await page.goto('/day-plan');
  await expect(cards(page).first()).toBeVisible();
  await page.locator('.plan-capacity').click();
  await page.getByLabel('每天联系多少位客户').fill('1');
  await page.getByRole('button', { name: '好', exact: true }).click();
  await expect(page.locator('.plan-capacity')).toContainText('/ 1');
  await page.locator('.plan-capacity').click();
  await page.getByRole('button', { name: '恢复本行的设定' }).click();
  await expect(page.locator('.plan-capacity')).toContainText('/ 25');
});

test('a head sees load, coverage, escalations and results, and takes a task over', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/team');
  await expect(page.getByRole('table', { name: '团队' })).toBeVisible();
  await page.getByRole('tab', { name: '覆盖' }).click();
  await expect(page.getByRole('region', { name: '高净值客户' })).toContainText('31 天内联系过');
  await page.getByRole('tab', { name: '处理结果' }).click();
  await expect(page.getByRole('table', { name: '处理结果' }).locator('tbody tr').first()).toBeVisible();
  await page.getByRole('tab', { name: /升级/ }).click();
  const rows = page.getByRole('table', { name: '升级' }).locator('tbody tr');
  await expect(rows.first()).toBeVisible();
  const before = await rows.count();
  await rows.first().getByRole('checkbox').check();
  await page.getByRole('button', { name: '改派 1 项' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('原因').fill('客户经理休假');
  await dialog.getByRole('button', { name: '好', exact: true }).click();
  await expect(page.getByText('已改派 1 项')).toBeVisible();
  await expect(rows).toHaveCount(before - 1);
});

test('counts and choices narrow the plan, and the way back is offered', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 1);
  await page.goto('/day-plan');
  await expect(cards(page).first()).toBeVisible();
  const rule = page.getByLabel('提醒类型');
  const options = await rule.locator('option').allTextContents();
  await rule.selectOption({ index: 1 });
  await expect(page).toHaveURL(/rule=/);
  expect(options.length).toBeGreaterThan(1);
  await page.goto('/day-plan?rule=no_such_rule');
  await expect(page.getByText('没有符合筛选条件的待办')).toBeVisible();
  await page.getByRole('button', { name: '清除筛选' }).click();
  await expect(cards(page).first()).toBeVisible();
});

test('a head looks at the plan of a member', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/day-plan');
  const member = page.getByLabel('查看谁的工作');
  await expect(member.locator('option').nth(1)).toBeAttached();
  await member.selectOption({ index: 1 });
  await expect(page).toHaveURL(/assignee=\d+/);
  await expect(
    cards(page)
      .first()
      .or(page.getByText(/目前没有待办/)),
  ).toBeVisible();
  await expect(page.locator('.state[role=alert]')).toHaveCount(0);
});

test('on a phone the result is given in a sheet', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await enterAs(page, 'rm001');
  await giveTasks(page, 1);
  await page.goto('/day-plan');
  const task = cards(page).first().locator('.plan-task').first();
  const id = await task.getAttribute('id');
  await task.click();
  const sheet = page.getByRole('dialog');
  await expect(sheet.locator('.task-reason')).toBeVisible();
  await sheet.getByRole('button', { name: '有意向' }).click();
  await expect(sheet).toHaveCount(0);
  await expect(page.locator(`#${id}`)).toHaveCount(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test('a server in trouble is told, and asked again', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 1);
  let broken = true;
  await page.route('**/api/day-plan?**', (route) =>
    broken ? route.fulfill({ status: 500, json: { code: 'http.500', message: '数据库暂时不可用' } }) : route.continue(),
  );
  await page.goto('/day-plan');
  await expect(page.getByText('数据库暂时不可用')).toBeVisible();
  broken = false;
  await page.getByRole('button', { name: '重试' }).click();
  await expect(cards(page).first()).toBeVisible();
});

test('a refused result comes back to the plan', async ({ page }) => {
  await enterAs(page, 'rm001');
  await giveTasks(page, 1);
  await page.goto('/day-plan');
  const focused = page.locator('.plan-task[aria-current]');
  await expect(focused).toBeVisible();
  const id = await focused.getAttribute('id');
  await page.route('**/api/tasks/*/result', (route) =>
    route.fulfill({ status: 409, json: { code: 'tasks.not_open', message: '这个待办已处理，请刷新' } }),
  );
  await page.keyboard.press('1');
  await expect(page.getByText('这个待办已处理，请刷新')).toBeVisible();
  await expect(page.locator(`#${id}`)).toBeVisible();
});
