/** Who may ask: a page elsewhere that points a name at this machine (DNS rebinding) may not. Over real sockets. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from './service.js';

let service: Service;
let port: number;
beforeAll(async () => {
  service = await Service.start({ allowed_hosts: ['Holdfast.example.ac.uk', 'intranet:8443'], requests_per_minute: 5 });
  port = Number(new URL(await service.http.listen('127.0.0.1', 0)).port);
});
afterAll(() => service.close());

/** Sends bytes and reads until the service closes or a whole answer is there. */
function raw(text: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (piece) => {
      received += piece;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.\d (\d+)/.exec(received)?.[1]), text: received }));
  });
}

function ask(method: string, path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return raw(`${method} ${path} HTTP/1.1\r\n${lines.join('')}Connection: close\r\n\r\n`);
}

describe('the service on this machine', () => {
  it('answers under the names of loopback and those of the settings, with the port it listens on', async () => {
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
      expect((await ask('GET', '/healthz', { Host: host })).status).toBe(200);
    }
    for (const host of ['holdfast.example.ac.uk', `holdfast.example.ac.uk:${port}`, 'intranet:8443']) {
      expect((await ask('GET', '/healthz', { Host: host })).status).toBe(200);
    }
  });

  it.each([
    'evil.example',
    'evil.example:PORT',
    'localhost',
    'localhost:1',
    'localhost.:PORT',
    'localhost.evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    '2130706433:PORT',
    '127.1:PORT',
    'user@localhost:PORT',
    'intranet',
  ])('does not answer under the name %s, on any path', async (name) => {
    const host = name.replace('PORT', String(port));
    for (const path of ['/api/v1/summary', '/', '/healthz', '/docs', '/nope']) {
      const answer = await ask('GET', path, { Host: host });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('application/problem+json');
      expect(answer.text).not.toContain('example-university');
    }
  });

  it('does not answer who names no host', async () => {
    expect((await raw('GET /api/v1/summary HTTP/1.0\r\n\r\n')).status).toBe(400);
    expect((await ask('GET', '/api/v1/summary', {})).status).toBe(400);
    expect((await ask('GET', '/api/v1/summary', { Host: '' })).status).toBe(400);
  });

  it.each([
    'null',
    'http://localhost:1',
    'http://evil.example',
    'https://localhost:PORT',
    'http://127.0.0.1:PORT',
    '',
    'file://',
  ])('refuses pages of the origin %p, whatever the method', async (pattern) => {
    const origin = pattern.replace('PORT', String(port));
    for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'OPTIONS', 'DELETE']) {
      const answer = await ask(method, '/api/v1/alerts/0000000000000012', { Host: `localhost:${port}`, Origin: origin });
      expect({ method, status: answer.status }).toEqual({ method, status: 403 });
      expect(answer.text.toLowerCase()).not.toContain('access-control-allow');
    }
    expect(service.parts.pipeline.asked).toEqual([]);
  });

  it('serves its own page, and the page of an allowed name behind a proxy with TLS', async () => {
    const own = { Host: `localhost:${port}`, Origin: `http://localhost:${port}` };
    expect((await ask('GET', '/api/v1/summary', own)).status).toBe(200);
    const proxied = { Host: 'holdfast.example.ac.uk', Origin: 'https://holdfast.example.ac.uk' };
    expect((await ask('GET', '/api/v1/summary', proxied)).status).toBe(200);
  });

  it('answers what is no HTTP with a problem and closes', async () => {
    const answer = await raw('HELLO\r\n\r\n');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('application/problem+json');
    const huge = await raw(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(huge.status).toBe(431);
  });

  it('does not hold back somebody on this machine, but who asks from elsewhere without end', async () => {
    for (let i = 0; i < 20; i++) expect((await ask('GET', '/healthz', { Host: `localhost:${port}` })).status).toBe(200);
    const instance = service.http.app.getHttpAdapter().getInstance();
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) {
      const answer = await instance.inject({ method: 'GET', url: '/api/v1/courses', remoteAddress: '203.0.113.9' });
      statuses.push(answer.statusCode);
      if (answer.statusCode === 429) {
        expect(answer.headers['content-type']).toBe('application/problem+json');
        expect(answer.headers['retry-after']).toBeDefined();
      }
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });
});
