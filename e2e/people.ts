import { expect, type Page } from '@playwright/test';

/** The sign-ins of the demonstration institution. */
export type Person =
  | 'admin'
  | 'designer01'
  | 'head01'
  | 'rm001'
  | 'risk01'
  | 'compliance01'
  | 'supervisor01'
  | 'rm002'
  | 'service01'
  | 'security01'
  | 'auditor01'
  | 'designer01';
const PASSWORD = 'tongguan-demo';

/** Signs in without the form, in the given language, for tests of what lies behind it. */
export async function enterAs(page: Page, username: Person, language: 'zh' | 'en' = 'zh'): Promise<void> {
  const { request } = page.context();
  const answer = await request.post('/api/session', { data: { username, password: PASSWORD } });
  expect(answer.status(), await answer.text()).toBe(200);
  await request.patch('/api/session', { data: { language } });
}

/** Signs in through the form. */
export async function signInThroughForm(page: Page, username: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('用户名').fill(username);
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await expect(page.getByRole('button', { name: '个人菜单' })).toBeVisible();
}
