/** The service with the real way of clicks behind it: door, intake, pipeline and a store in memory, asked over real sockets. */
import { connect } from 'node:net';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import type { ClickCommit, JoinedClick } from '../../src/click-ports.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { createHttp, type Http } from '../../src/http/create-http.js';
import type { HttpSettings } from '../../src/http/parts.js';
import { ClickDoor, type ClickTaker } from '../../src/pipeline/click-door.js';
import { ClickIntake } from '../../src/pipeline/click-intake.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import { type FakeParts, fakeParts, NOW_MS } from './fakes.js';

/** Commits can be held up, as a slow disk would, and are counted. */
export class SlowStore extends MemoryClickStore {
  commits = 0;
  #gate: Promise<void> = Promise.resolve();

  /** From now on commits wait for the function that is given back. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  override async commit(commit: ClickCommit): Promise<void> {
    await this.#gate;
    this.commits++;
    await super.commit(commit);
  }
}

export class ClickSite {
  private constructor(
    readonly http: Http,
    readonly parts: FakeParts,
    readonly store: SlowStore,
    readonly intake: ClickIntake,
    readonly address: string,
  ) {}

  static async start(
    settings: Partial<HttpSettings> = {},
    taker?: (intake: ClickIntake) => ClickTaker | null,
  ): Promise<ClickSite> {
    const store = new SlowStore();
    await store.open();
    const described = { tables: clickTables(), sinks: [], locate: () => null, describe: () => NOBODY };
    const pipeline = new ClickPipeline(store, described, () => NOW_MS);
    await pipeline.open();
    const intake = new ClickIntake(pipeline);
    const door = new ClickDoor(
      () => (taker ? taker(intake) : intake),
      () => NOW_MS,
    );
    const parts = { ...fakeParts(settings), clicks: door };
    const http = await createHttp(parts);
    http.ready();
    return new ClickSite(http, parts, store, intake, await http.listen('127.0.0.1', 0));
  }

  async post(route: string, body: string | Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) {
    const type = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(`${this.address}/api/v1/${route}`, { method: 'POST', body, headers: type, duplex: 'half' });
    const text = await answer.text();
    const json = JSON.parse(text) as Answered;
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      retry: answer.headers.get('retry-after'),
      json,
      text,
    };
  }

  /** Sends bytes as they are; resolves with what came back when the service closes the connection. */
  raw(text: string): Promise<string> {
    const { port } = new URL(this.address);
    return new Promise((resolve, reject) => {
      let received = '';
      const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(text));
      socket.setEncoding('utf8');
      socket.on('data', (piece) => {
        received += piece;
      });
      socket.on('error', reject);
      // The other side is done; this one goes on as if it had not noticed, as a stalled sender does, until it is cut off.
      socket.on('end', () => {
        resolve(received);
        socket.destroy();
      });
    });
  }

  stored(): Promise<JoinedClick[]> {
    return this.store.clicks({}, { limit: 100_000 });
  }

  rejected() {
    return this.store.rejected({ limit: 100_000 });
  }

  async close(): Promise<void> {
    await this.http.close();
    await this.store.close();
  }
}

const NOBODY = { browser: null, os: null, bot: false };

export interface Answered {
  accepted: number;
  refused: number;
  detail: string;
  errors: { line: number; pointer: string; rule: string; reason: string; detail: string }[];
}
