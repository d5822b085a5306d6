/** The staff's page in a real browser over the fakes, for suites of one part of it. Pictures go to test-output/ for a person to look at. */
import { mkdirSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createHttp } from '../../src/http/create-http.js';
import type { HttpParts } from '../../src/http/parts.js';
import { fakeParts } from '../http/fakes.js';
import { Service } from '../http/service.js';
import { LAUNCH } from './browser.js';
import { faultsOf, pageIn, tooWideBy } from './looks.js';

export const OUTPUT = 'test-output';
/** The narrowest screen that people zoom to. */
export const NARROW = { width: 320, height: 640 };

export class StaffPage {
  page!: Page;
  /** Whatever the browser complained of since the page was opened. */
  complaints: string[] = [];

  private constructor(
    readonly service: Service,
    readonly address: string,
    private readonly browser: Browser,
  ) {}

  static async start(given: Partial<HttpParts> = {}): Promise<StaffPage> {
    mkdirSync(OUTPUT, { recursive: true });
    const parts = fakeParts();
    const service = new Service(await createHttp({ ...parts, ...given }), parts);
    service.http.ready();
    const address = await service.http.listen('127.0.0.1', 0);
    return new StaffPage(service, address, await chromium.launch(LAUNCH));
  }

  /** `prepare` comes before the page is asked for. */
  async open(
    path: string,
    options: BrowserContextOptions = {},
    prepare: (page: Page) => Promise<unknown> = async () => undefined,
  ) {
    await this.page?.context().close();
    this.complaints = [];
    this.page = await pageIn(this.browser, this.complaints, options);
    await prepare(this.page);
    await this.page.goto(`${this.address}${path}`);
    await this.page.waitForSelector('h1, .message');
    await this.page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  }

  text(selector = 'main'): Promise<string> {
    return this.page.locator(selector).first().innerText();
  }

  picture(name: string) {
    return this.page.screenshot({ path: `${OUTPUT}/${name}.png`, fullPage: true });
  }

  faults(): Promise<string[]> {
    return faultsOf(this.page);
  }

  async isTooWide(): Promise<boolean> {
    return (await tooWideBy(this.page)) > 0;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.service.close();
  }
}
