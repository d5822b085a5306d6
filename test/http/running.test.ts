/** Start, stop, figures and headers: what an operator and a browser rely on. */
import { Agent, get } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttp, type Http } from '../../src/http/create-http.js';
import { fakeParts } from './fakes.js';
import { Service } from './service.js';

let service: Service;
let http: Http;
beforeEach(async () => {
  const parts = fakeParts();
  http = await createHttp(parts);
  service = new Service(http, parts);
});
afterEach(() => http.close());

describe('the service', () => {
  it('is alive but not ready until the store is open, and gives no data before', async () => {
    expect((await service.get('/healthz')).status).toBe(200);
    const early = await service.get('/readyz');
    expect(early.status).toBe(503);
    expect(early.json).toMatchObject({ status: 503, reasons: ['The store is being opened.'] });
    const data = await service.get('/api/v1/summary');
    expect(data.status).toBe(503);
    expect(data.headers['retry-after']).toBe('1');
    http.ready();
    expect((await service.get('/readyz')).json).toEqual({ status: 'ready' });
    expect((await service.get('/api/v1/summary')).status).toBe(200);
  });

  it('says at shutdown first that it is not ready, while it still answers', async () => {
    http.ready();
    http.stopping();
    const { status, json } = await service.get('/readyz');
    expect([status, json.reasons]).toEqual([503, ['The service is shutting down.']]);
    expect((await service.get('/api/v1/summary')).status).toBe(200);
    expect((await service.get('/healthz')).status).toBe(200);
  });

  it('stops at once though a client keeps its connection open', async () => {
    http.ready();
    const address = await http.listen('127.0.0.1', 0);
    const agent = new Agent({ keepAlive: true });
    const status = await new Promise((resolve, reject) => {
      get(`${address}/healthz`, { agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      }).on('error', reject);
    });
    expect(status).toBe(200);
    const before_ms = performance.now();
    await http.close();
    expect(performance.now() - before_ms).toBeLessThan(2000);
    agent.destroy();
  });

  it('answers what is under way when it is stopped', async () => {
    http.ready();
    const address = await http.listen('127.0.0.1', 0);
    const { views } = service.parts;
    const summary = await views.summary();
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((reached) => {
      views.summary = () => {
        reached();
        return new Promise((resolve) => {
          answer = () => resolve(summary);
        });
      };
    });
    const response = fetch(`${address}/api/v1/summary`);
    await asked;
    const closed = http.close();
    answer();
    expect((await response).status).toBe(200);
    await closed;
  });

  it('counts requests by route and never by person', async () => {
    http.ready();
    await service.get('/api/v1/students/4711');
    await service.get('/api/v1/students/11');
    await service.get('/wp-login.php');
    const { text, headers } = await service.get('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('route="/api/v1/students/:userId",status="404"');
    expect(text).toContain('route="none",status="404"');
    expect(text).not.toMatch(/4711|wp-login/);
  });

  it('forbids its pages everything that they do not need', async () => {
    const { headers } = await service.get('/');
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers['x-frame-options']).toBe('DENY');
    const docs = (await service.get('/docs')).headers['content-security-policy'] ?? '';
    expect(docs).toContain("script-src 'self';");
    expect(docs).not.toContain('unsafe');
  });

  it('serves the page from its own files, checked for changes each time', async () => {
    const page = await service.get('/');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['cache-control']).toBe('no-cache');
    const again = await service.get('/', { 'if-none-match': page.headers.etag ?? '' });
    expect(again.status).toBe(304);
    for (const path of ['/app.js', '/holdfast.css', '/texts.en.js', '/docs', '/docs/docs.js', '/docs/swagger-ui.css']) {
      expect({ path, status: (await service.get(path)).status }).toEqual({ path, status: 200 });
    }
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/docs/index.html',
      '/package.json',
      '/docs/..%2f..%2fpackage.json',
    ]) {
      const { status } = await service.get(path);
      expect({ path, refused: status === 404 || status === 400 || status === 403 }).toEqual({ path, refused: true });
    }
  });
});
