/**
 * A stand-in for Kibana's import of saved objects, over HTTP: it asks for what Kibana asks for (the header against forged requests, a
 * login, a file with the right ending, references that are there) and answers in Kibana's words. It is no Kibana.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { objectsOf } from './objects.js';

export interface Said {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

export class FakeKibana {
  /** What has been loaded, by type and id. */
  readonly objects = new Map<string, unknown>();
  readonly asked: { path: string; authorization: string | undefined }[] = [];
  /** `Basic …` or `ApiKey …`, or who is asked about it, as a Kibana asks its Elasticsearch; null = whoever comes. */
  login: string | ((authorization: string) => Promise<boolean>) | null = null;
  /** In place of what it would do. */
  answer: Said | null = null;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#handle(request).then(({ status, body, headers }) =>
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
      );
    });
  }

  static async start(): Promise<FakeKibana> {
    const kibana = new FakeKibana();
    await new Promise<void>((resolve) => kibana.#server.listen(0, '127.0.0.1', resolve));
    return kibana;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage): Promise<Said> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const path = request.url ?? '';
    this.asked.push({ path, authorization: request.headers.authorization });
    if (this.answer) return this.answer;
    const refuse = (status: number, message: string): Said => ({ status, body: JSON.stringify({ statusCode: status, message }) });
    if (!(await this.#isKnown(request.headers.authorization ?? ''))) return refuse(401, 'security_exception');
    if (request.method !== 'POST' || !path.endsWith('/api/saved_objects/_import?overwrite=true')) return refuse(404, 'Not Found');
    if (request.headers['kbn-xsrf'] === undefined) return refuse(400, 'Request must contain a kbn-xsrf header.');
    return this.#imported(await fileOf(request, Buffer.concat(parts)), refuse);
  }

  async #isKnown(authorization: string): Promise<boolean> {
    if (this.login === null) return true;
    return typeof this.login === 'string' ? authorization === this.login : this.login(authorization);
  }

  #imported(file: { name: string; text: string } | null, refuse: (status: number, message: string) => Said): Said {
    if (file === null) return refuse(400, '[request body.file]: expected value of type [Stream]');
    if (!file.name.endsWith('.ndjson')) return refuse(400, 'Invalid file extension');
    const objects = objectsOf(file.text);
    const errors = objects.flatMap(({ id, type, references }) => {
      const missing = references.filter((one) => !objects.some((other) => other.type === one.type && other.id === one.id));
      return missing.length === 0 ? [] : [{ id, type, error: { type: 'missing_references', references: missing } }];
    });
    if (errors.length === 0) for (const object of objects) this.objects.set(`${object.type} ${object.id}`, object);
    const success = errors.length === 0;
    const answer = { success, successCount: success ? objects.length : 0, ...(success ? {} : { errors }) };
    return { status: 200, body: JSON.stringify(answer) };
  }
}

async function fileOf(request: IncomingMessage, body: Buffer): Promise<{ name: string; text: string } | null> {
  const type = request.headers['content-type'] ?? '';
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => null);
  const file = form?.get('file');
  return file instanceof File ? { name: file.name, text: await file.text() } : null;
}
