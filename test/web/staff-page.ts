/** The staff's page in a real browser over the fakes, for suites of one part of it. Pictures go to test-output/ for a person to look at. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createHttp } from '../../src/http/create-http.js';
import type { HttpParts } from '../../src/http/parts.js';
import { fakeParts } from '../http/fakes.js';
import { Service } from '../http/service.js';
import { LAUNCH } from './browser.js';

export const OUTPUT = 'test-output';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

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
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', ...options });
    this.page = await context.newPage();
    this.complaints = [];
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    await prepare(this.page);
    await this.page.goto(`${this.address}${path}`);
    await this.page.waitForSelector('h1, .message');
    await this.page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  }

  text(selector: string): Promise<string> {
    return this.page.locator(selector).innerText();
  }

  picture(name: string) {
    return this.page.screenshot({ path: `${OUTPUT}/${name}.png`, fullPage: true });
  }

  /** What axe finds wrong; empty where nothing is. */
  async faults(): Promise<string[]> {
    await this.page.evaluate(readFileSync(AXE, 'utf8'));
    const found = (await this.page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.service.close();
  }
}
