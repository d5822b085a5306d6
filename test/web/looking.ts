/** A browser before the page of a service over the fakes: what suites of single pages share. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Service } from '../http/service.js';
import { LAUNCH } from './browser.js';

const OUTPUT = 'test-output';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
export const DESKTOP = { width: 1440, height: 900 };
/** The narrowest screen that people zoom to. */
export const NARROW = { width: 320, height: 640 };

export interface Look {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  locale?: string;
}

export class Looking {
  page!: Page;
  /** Whatever the browser complained of: scripts that failed, rules of the policy that were broken. */
  complaints: string[] = [];

  private constructor(
    readonly service: Service,
    readonly address: string,
    private readonly browser: Browser,
  ) {}

  static async start(): Promise<Looking> {
    mkdirSync(OUTPUT, { recursive: true });
    const service = await Service.start();
    return new Looking(service, await service.http.listen('127.0.0.1', 0), await chromium.launch(LAUNCH));
  }

  async open(path: string, look: Look = {}): Promise<void> {
    await this.page?.context().close();
    const context = await this.browser.newContext({ viewport: DESKTOP, locale: 'en-GB', ...look });
    this.page = await context.newPage();
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    await this.page.goto(`${this.address}${path}`);
    await this.page.waitForSelector('h1, .message');
    await this.page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  }

  text(selector = 'main'): Promise<string> {
    return this.page.locator(selector).first().innerText();
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: `${OUTPUT}/${name}.png`, fullPage: true });
  }

  /** What axe finds wrong; the policy allows no script from elsewhere, so it is put in beside the page. */
  async faults(): Promise<string[]> {
    await this.page.evaluate(readFileSync(AXE, 'utf8'));
    const found = (await this.page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

  async isTooWide(): Promise<boolean> {
    return Number(await this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')) > 0;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.service.close();
  }
}
