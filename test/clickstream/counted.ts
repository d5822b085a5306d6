/** Clicks counted in a store in memory, and the tables as anybody reads them. */
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import type { Click, ClickRecord, ClickReference } from '../../src/click-ports.js';
import { type ClickVersion, clickTables } from '../../src/clickstream/tables.js';
import { ClickPipeline, type ClicksDone } from '../../src/pipeline/click-pipeline.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import type { TableRow } from '../../src/reading/table-infos.js';

/** 20 March 2020, 02:05:00 UTC: the start of a minute, and of five. */
export const T0 = Date.UTC(2020, 2, 20, 2, 5);

const NOBODY = { browser: null, os: null, bot: false };

export class Counted {
  readonly store = new MemoryClickStore();
  #pipeline: ClickPipeline | null = null;
  #clicks = 0;

  constructor(
    private readonly version: ClickVersion = 'newest',
    private readonly wall: () => number = () => T0,
  ) {}

  /** As after a crash: everything but the store is new. */
  restart(): void {
    this.#pipeline = null;
  }

  async process(records: ClickRecord[], live = false): Promise<ClicksDone> {
    if (this.#pipeline === null) {
      const settings = { tables: clickTables(this.version), sinks: [], locate: () => null, describe: () => NOBODY };
      this.#pipeline = new ClickPipeline(this.store, settings, this.wall);
      await this.store.open();
      await this.#pipeline.open();
    }
    return this.#pipeline.process({ records, rejected: [], live });
  }

  clicks(...some: Partial<Click>[]): Promise<ClicksDone> {
    return this.process(some.map((click) => ({ kind: 'click', id: `test#${++this.#clicks}`, click: { ...BLANK, ...click } })));
  }

  events(...names: string[]): Promise<ClicksDone> {
    return this.process(
      names.map((name) => ({
        kind: 'event',
        id: `test#${++this.#clicks}`,
        event: { id: null, time_ms: T0, name, user_id: null, product_id: null },
      })),
    );
  }

  references(...some: ClickReference[]): Promise<ClicksDone> {
    return this.process(some.map((reference) => ({ kind: 'reference', reference })));
  }

  async table(name: string, ...columns: string[]): Promise<unknown[][]> {
    const rows: unknown[][] = [];
    for await (const row of new ClickTables(this.store, clickTables(this.version)).rows(name, {}))
      rows.push(columns.map((column) => (row as TableRow)[column]));
    return rows;
  }
}

const BLANK: Click = {
  id: null,
  time_ms: T0,
  user_id: 1,
  ip: '203.0.113.1',
  request: 'GET /index.html HTTP/1.1',
  status: 200,
  bytes: 278,
  referrer: null,
  agent: null,
  session_id: null,
  city: null,
  country: null,
  extra: {},
};

export function user(key: number, row: ClickReference['row'], valid_from_ms = 0): ClickReference {
  return { table: 'users', key, valid_from_ms, row };
}
