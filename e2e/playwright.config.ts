import { defineConfig } from '@playwright/test';
import { findChromium } from '../tools/chromium.ts';

const baseURL = process.env.BASE_URL;
if (!baseURL) throw new Error('BASE_URL is not set; `npm test -- browser` starts a server and sets it');
const { executablePath, args, env } = await findChromium();

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  // One at a time: the tests are people of one institution, and what one changes the next one sees.
  workers: 1,
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: '../test-results/browser.json' }]],
  use: {
    baseURL,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: { executablePath, args, env: { ...process.env, ...env } as Record<string, string> },
  },
});
