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
const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
await page.goto(address);
const student = page.locator('main a[href*="student"], main table a').first();
await student.waitFor();
await page.screenshot({ path: `${folder}at-risk.png` });
await student.click();
await page.getByText('Activity by day').waitFor();
await page.screenshot({ path: `${folder}student.png` });
await browser.close();
