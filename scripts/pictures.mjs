// The README's pictures, from the running service: `npm start`, then `node scripts/pictures.mjs`. Needs Chromium.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const address = process.argv[2] ?? 'http://127.0.0.1:3000';
const folder = new URL('../docs/pictures/', import.meta.url).pathname;
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.HOLDFAST_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' });
const picture = async (name, path) => {
  if (path) await page.goto(`${address}${path}`);
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: `${folder}${name}.png` });
};
await picture('this-week', '/');
await picture('at-risk', '/at-risk');
await page.locator('#at-risk tbody .name').first().click();
await page.getByText('Activity by day').waitFor();
await picture('student');
await page.goto(`${address}/courses`);
await page.locator('main table a').last().click();
await page.getByText('Scores by band').waitFor();
await picture('course');
await page.goto(`${address}/what-if`);
await page.getByRole('button', { name: 'Work it out' }).click();
await page.locator('#then').waitFor({ timeout: 300_000 });
await page.locator('#chosen').fill('9');
await page.locator('#then', { hasText: 'above 50%' }).waitFor();
await picture('what-if');
await browser.close();
