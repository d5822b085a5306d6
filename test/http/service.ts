/** The HTTP side over the fakes, asked without a socket. */
import type { FastifyInstance } from 'fastify';
import { createHttp, type Http } from '../../src/http/create-http.js';
import type { HttpSettings } from '../../src/http/parts.js';
import { type FakeParts, fakeParts } from './fakes.js';

export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  text: string;
  /** The body as JSON; null where it is none. */
  json: Json;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes; the contract test checks the shapes.
type Json = any;

export interface Asked {
  headers?: Record<string, string>;
  body?: unknown;
}

export class Service {
  constructor(
    readonly http: Http,
    readonly parts: FakeParts,
  ) {}

  static async start(settings: Partial<HttpSettings> = {}): Promise<Service> {
    const parts = fakeParts(settings);
    const http = await createHttp(parts);
    http.ready();
    return new Service(http, parts);
  }

  async ask(method: string, url: string, { headers = {}, body }: Asked = {}): Promise<Answer> {
    const instance = this.http.app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    const typed = body === undefined || headers['content-type'] ? headers : { ...headers, 'content-type': 'application/json' };
    const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const response = await instance.inject({ method: method as 'GET', url, headers: typed, payload });
    const type = String(response.headers['content-type'] ?? '');
    const json = /json/.test(type) && !/ndjson/.test(type) && response.payload !== '' ? JSON.parse(response.payload) : null;
    return { status: response.statusCode, headers: response.headers as Answer['headers'], text: response.payload, json };
  }

  get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('GET', url, { headers });
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
