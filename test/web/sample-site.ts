/** The sample site behind its interface, for suites with a browser: its history replayed, and a quarter of an hour of generated clicks. */
import { Registry } from 'prom-client';
import { changeLog } from '../../src/app/change-log.js';
import { type Clicks, openClicks } from '../../src/app/clicks.js';
import { labelledData } from '../../src/app/course-histories.js';
import { ServicePanels } from '../../src/app/panels.js';
import { modelsOf } from '../../src/app/service.js';
import { simulateRun } from '../../src/app/simulate-run.js';
import type { ClickRecord } from '../../src/click-ports.js';
import { decodeLine } from '../../src/clickstream/decode-record.js';
import { GENERATORS, type GeneratedKind } from '../../src/clickstream/generate/generators.js';
import type { Config } from '../../src/config.js';
import { createHttp, type Http } from '../../src/http/create-http.js';
import type { HttpParts } from '../../src/http/parts.js';
import { type SimulationRequest, Simulations } from '../../src/http/simulation-door.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { configOf, HISTORY, openSite, replay, type Site, TempFolder, WEEKLY } from '../journey/site.js';

const CLICKS_FROM_MS = Date.UTC(2026, 10, 22, 9);
const CLICKS_PER_S = 5;
const CLICKS_S = 1_200;

export class SampleSite {
  private constructor(
    readonly site: Site,
    readonly clicks: Clicks,
    readonly http: Http,
    readonly address: string,
    /** What the service told its operator as errors. */
    readonly errors: string[],
    private readonly folder: TempFolder | null = null,
  ) {}

  static async start(): Promise<SampleSite> {
    const folder = new TempFolder();
    const site = await openSite({ ...WEEKLY, HOLDFAST_STORE: `sqlite:${folder.file('site.db')}` });
    await replay(site.service, site.config, [HISTORY]);
    const clicks = await openClicks(configOf());
    await fill(clicks);
    return SampleSite.of(site, clicks, folder);
  }

  /** Of a site and clicks that are there; `folder` goes with them. */
  static async of(site: Site, clicks: Clicks, folder: TempFolder | null = null): Promise<SampleSite> {
    const errors: string[] = [];
    const http = await createHttp(partsOf(site, clicks, errors));
    http.ready();
    return new SampleSite(site, clicks, http, await http.listen('127.0.0.1', 0), errors, folder);
  }

  /** Another door to the same site: what it has in place of, or beside, the first. */
  async door(more: Partial<HttpParts>): Promise<Http> {
    const http = await createHttp({ ...partsOf(this.site, this.clicks, this.errors), ...more });
    http.ready();
    return http;
  }

  async asked<T = Record<string, unknown>>(path: string): Promise<T> {
    const answer = await fetch(`${this.address}/api/v1/${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as T;
  }

  async close(): Promise<void> {
    await this.http.close();
    await this.clicks.close();
    await this.site.service.close();
    this.folder?.remove();
  }
}

function partsOf({ service, config }: Site, clicks: Clicks, errors: string[]): HttpParts {
  const { views, pipeline, models, tables, seen, trials } = service;
  return {
    views,
    tables: new AllTables(tables, clicks.tables),
    panels: new ServicePanels(service, clicks),
    pipeline,
    models,
    changes: changeLog(service.store),
    seen,
    trials,
    simulations: new SimulationsHere(config),
    clicks: null,
    metrics: new Registry(),
    log: { error: (_, message) => errors.push(message), warn: () => undefined },
    settings: { version: '0', allowed_hosts: [] },
  };
}

/** What the service lets a process of its own do. */
class SimulationsHere extends Simulations {
  constructor(private readonly config: Config) {
    super();
  }

  override async simulate(request: SimulationRequest) {
    const { predictor } = await modelsOf(this.config).champion();
    const { version, target } = predictor!.manifest;
    const data = await labelledData('store', this.config);
    return simulateRun({ ...request, data, modelDir: `${this.config.models}/${version}`, target });
  }

  override state() {
    return null;
  }
}

async function fill({ pipeline }: Clicks): Promise<void> {
  for (const kind of ['users', 'codes', 'clicks'] as const) {
    const records = textsOf(kind).map((text, i) =>
      decodeLine(kind, text, { source: kind, position: String(i), received_ms: CLICKS_FROM_MS }),
    ) as ClickRecord[];
    await pipeline.process({ records, rejected: [], live: false });
  }
}

function textsOf(kind: GeneratedKind): string[] {
  const count = GENERATORS[kind].count ?? CLICKS_S * CLICKS_PER_S;
  const lines = GENERATORS[kind].generate(1, { start_ms: CLICKS_FROM_MS, rate_per_s: CLICKS_PER_S, count });
  return [...lines].map(({ text }) => text);
}
