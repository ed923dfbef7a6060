import { expect, type Page, test } from '@playwright/test';
import { Secret, TOTP } from 'otpauth';
import { enterAs, type Person } from './people.ts';

const PASSWORD = 'tongguan-demo';

async function signInByForm(page: Page, username: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('用户名').fill(username);
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
}

/** A code of the present or, so that none is used twice, of a step next to it. */
const codeOf = (secret: string, steps = 0): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + steps * 30_000 });

test('one-time codes: set up by scanning, asked for at the sign-in, taken away again', async ({ page }) => {
  await enterAs(page, 'head01');
  await page.goto('/security');
  await page.getByRole('button', { name: '启用' }).click();
  await expect(page.getByRole('img', { name: '动态验证码的二维码' })).toBeVisible();
  const secret = (await page.locator('.totp-secret dd').innerText()).replaceAll(/\s/g, '');
  await page.getByRole('textbox', { name: /^验证码/ }).fill('000000');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('验证码不正确');
  await page.getByRole('textbox', { name: /^验证码/ }).fill(codeOf(secret, -1));
  await page.keyboard.press('Enter');
  const codes = page.getByRole('list', { name: '恢复码' });
  await expect(codes.getByRole('listitem')).toHaveCount(10);
  const recovery = await codes.getByRole('listitem').first().innerText();
  await page.getByRole('button', { name: '我已保存' }).click();
  await expect(page.getByText('还剩 10 个')).toBeVisible();

  await page.context().clearCookies({ name: 'tongguan_session' });
  await signInByForm(page, 'head01');
  await expect(page.getByRole('heading', { name: '双重验证' })).toBeVisible();
  await page.getByLabel('动态验证码').fill('000000');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('验证未通过');
  await page.getByLabel('动态验证码').fill(codeOf(secret));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/team$/);

  await page.context().clearCookies({ name: 'tongguan_session' });
  await signInByForm(page, 'head01');
  await page.getByRole('button', { name: '使用恢复码' }).click();
  await page.getByLabel('恢复码').fill(recovery);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/team$/);

  await page.goto('/security');
  await expect(page.getByText('还剩 9 个')).toBeVisible();
  await page.getByRole('button', { name: '移除' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '移除' }).click();
  await expect(page.getByText('未启用')).toBeVisible();
});

test('a security key: registered, used to sign in and to prove oneself anew, removed', async ({ page, baseURL }) => {
  // Browsers give keys to names, not to bare addresses.
  const origin = baseURL!.replace('127.0.0.1', 'localhost');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: false,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const answer = await page.context().request.post(`${origin}/api/session`, {
    data: { username: 'head01', password: PASSWORD },
  });
  expect(answer.status()).toBe(200);
  await page.goto(`${origin}/security`);
  await page.getByRole('button', { name: '添加' }).click();
  await page.getByLabel('名称').fill('办公室蓝色密钥');
  await page.keyboard.press('Enter');
  await expect(page.getByText('已添加安全密钥“办公室蓝色密钥”')).toBeVisible();
  await page.getByRole('button', { name: '我已保存' }).click();

  await page.context().clearCookies();
  await page.goto(`${origin}/sign-in`);
  await page.getByLabel('用户名').fill('head01');
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '读取安全密钥' }).click();
  await expect(page).toHaveURL(/\/team$/);

  // What is sensitive asks again once the proof is old; the request goes on by itself after that.
  let asked = 0;
  await page.route('**/api/security/recovery-codes', async (route) => {
    asked += 1;
    if (asked > 1) return route.continue();
    await route.fulfill({
      status: 403,
      json: { code: 'identity.step_up_needed', message: '此操作需要再次确认身份' },
    });
  });
  await page.goto(`${origin}/security`);
  await page.getByRole('button', { name: '重新生成' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '重新生成' }).click();
  await expect(page.getByRole('heading', { name: '请再次确认身份' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: '恢复码' }).getByRole('listitem')).toHaveCount(10);
  expect(asked).toBe(2);
  await page.getByRole('button', { name: '我已保存' }).click();

  await page.getByRole('button', { name: '移除 办公室蓝色密钥' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '移除' }).click();
  await expect(page.getByText('还没有登记')).toBeVisible();
  await page.context().clearCookies();
});

test('an administrator gives a password for one sign-in', async ({ page }) => {
  await enterAs(page, 'admin');
  await page.goto('/admin/users?q=rm002');
  await page.getByRole('table', { name: '用户' }).getByRole('row').nth(1).click();
  await page.getByRole('button', { name: '重置密码' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '重置密码' }).click();
  const password = await page.getByRole('status', { name: '重置密码' }).innerText();
  await page.getByRole('button', { name: '完成' }).click();

  await page.context().clearCookies();
  await page.goto('/sign-in');
  await page.getByLabel('用户名').fill('rm002');
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: '请设置自己的密码' })).toBeVisible();
  await page.getByLabel('新密码').fill('woaini1314520');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('常见词语');
  await page.getByLabel('新密码').fill('犁头 水壶 斯芬克斯 远山');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/day-plan$/);
});
