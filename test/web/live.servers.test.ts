/** Live figures in a real browser when the stream does not come: why is said, and it is tried again. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { OPEN_VIEWER, type Viewer } from '../../src/access/viewer.js';
import { Access } from '../../src/http/access.js';
import { Sessions } from '../../src/http/sessions.js';
import { NOW_MS } from '../http/fakes.js';
import { describedInBrowser } from './browser.js';
import { StaffPage } from './staff-page.js';

const ANN: Viewer = { ...OPEN_VIEWER, name: 'Ann', kind: 'key' };

class OneKey extends Access {
  is_revoked = false;
  override async byBearer(text: string): Promise<Viewer | null> {
    return text === 'hf_ann' && !this.is_revoked ? ANN : null;
  }
}

let access: OneKey;
let staff: StaffPage;

/** Every `api/v1/live`, with `status`; nothing else. */
const answerLive = (status: number) => (page: Page) =>
  page.route('**/api/v1/live*', (route) => route.fulfill({ status, contentType: 'text/html', body: 'the proxy is sorry' }));

async function signIn(): Promise<void> {
  await staff.page.fill('#key', 'hf_ann');
  await staff.page.locator('form.sign-in button').click();
}

describedInBrowser('live figures', () => {
  beforeAll(async () => {
    access = new OneKey();
    const gate = { access, sessions: new Sessions(), accounts: false, secure: false, now_ms: () => NOW_MS };
    staff = await StaffPage.start({ gate });
  });
  afterAll(() => staff?.close());

  it('say why they do not come before the first of them, instead of grey rows for ever, and are tried again by itself', async () => {
    await staff.open('/analytics', {}, answerLive(502));
    await signIn();
    await staff.page.locator('.message', { hasText: 'The service answered with 502.' }).waitFor();
    expect(await staff.page.locator('.skeleton').count()).toBe(0);
    expect(await staff.text('#live-state')).toBe('');
    await staff.page.unroute('**/api/v1/live*');
    await staff.page.locator('#live-state', { hasText: /^Live, updated/ }).waitFor();
    expect(await staff.page.locator('.message').count()).toBe(0);
  });

  it('are not for who sees a part of the site: that is said, and not asked for again and again', async () => {
    await staff.open('/analytics', {}, answerLive(403));
    await signIn();
    await staff.page.locator('.message', { hasText: 'These panels are of the whole site.' }).waitFor();
    expect(await staff.page.locator('main').getByRole('button').count()).toBe(0);
    expect(await staff.faults()).toEqual([]);
    await staff.open('/clicks', { locale: 'de-DE' }, answerLive(403));
    await signIn();
    await staff.page.locator('.message', { hasText: 'Diese Ansichten gelten der ganzen Einrichtung.' }).waitFor();
  });

  it('are tried again at once where somebody says so', async () => {
    let asked = 0;
    await staff.open('/analytics', {}, (page) =>
      page.route('**/api/v1/live*', (route) => (asked++ < 16 ? route.fulfill({ status: 503 }) : route.continue())),
    );
    await signIn();
    const again = staff.page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    // By itself it would be asked so often in some minutes.
    const live = staff.page.locator('#live-state', { hasText: /^Live/ });
    while ((await live.count()) === 0) await again.click({ timeout: 200 }).catch(() => undefined);
  });

  it('come now and then where the service takes no more streams', async () => {
    await staff.open('/analytics', {}, (page) =>
      page.route('**/api/v1/live*', (route) =>
        route.request().headers().accept?.includes('event-stream') ? route.fulfill({ status: 503 }) : route.continue(),
      ),
    );
    await signIn();
    await staff.page.locator('#live-state', { hasText: /^Not live just now: figures from \d\d:\d\d:\d\d;/ }).waitFor();
    expect(await staff.page.locator('.figure').count()).toBeGreaterThan(0);
  });

  it('lead to the sign-in when the key was revoked, instead of reconnecting for ever', async () => {
    await staff.open('/analytics');
    await signIn();
    await staff.page.locator('#live-state', { hasText: /^Live/ }).waitFor();
    access.is_revoked = true;
    staff.service.http.app.getHttpServer().closeAllConnections();
    await staff.page.locator('form.sign-in').waitFor();
    access.is_revoked = false;
  });

  it('are of the last 15 minutes until another range is chosen', async () => {
    const asked: string[] = [];
    await staff.open('/clicks', {}, async (page) => {
      page.on('request', (request) => asked.push(request.url()));
    });
    await signIn();
    await staff.page.locator('#live-state', { hasText: /^Live/ }).waitFor();
    expect(await staff.page.locator('#range').inputValue()).toBe('15');
    expect(asked.filter((url) => url.includes('/live?')).map((url) => new URL(url).search)).toEqual([
      '?panels=clicks&minutes=15',
    ]);
  });
});
