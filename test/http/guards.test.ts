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

describe('requests that are written otherwise', () => {
  const LONG = 'x'.repeat(9_000);
  const get = (target: string, ...headers: string[]) => ['GET', target, headers] as const;
  const asked: [string, readonly [string, string, readonly string[]], number][] = [
    ['a path that climbs', get('/api/v1/../../etc/passwd'), 404],
    ['a path that climbs, encoded', get('/docs/..%2f..%2fpackage.json'), 404],
    ['dots, encoded', get('/%2e%2e/package.json'), 404],
    ['a path that climbs out of the libraries', get('/vendor/..%2fhtm%2fpackage.json'), 404],
    ['two slashes', get('//api/v1/summary'), 404],
    ['a letter that is none', get('/app.js%00.html'), 404],
    ['half an escape', get('/app%2'), 400],
    ['a backslash', get('/api\\v1\\summary'), 404],
    ['a very long path', get(`/students/${LONG}`), 404],
    ['a very long query', get(`/api/v1/predictions?text=${LONG}`), 400],
    ['more than a request line may be', get(`/${'x'.repeat(20_000)}`), 431],
    ['a target with a host of its own', get('http://evil.example/api/v1/summary'), 400],
    ['a method in a header', get('/api/v1/alerts/0000000000000012', 'X-HTTP-Method-Override: PATCH'), 200],
    ['another path in a header', get('/nope', 'X-Original-URL: /api/v1/summary', 'X-Rewrite-URL: /api/v1/summary'), 404],
    ['another name in a header', get('/healthz', 'X-Forwarded-Host: evil.example'), 200],
    ['two lengths', ['POST', '/api/v1/predictions/score', ['Content-Length: 2', 'Content-Length: 3']], 400],
    ['a length and pieces', ['POST', '/api/v1/predictions/score', ['Content-Length: 2', 'Transfer-Encoding: chunked']], 400],
    ['pieces by another name', ['POST', '/api/v1/predictions/score', ['Transfer-Encoding: xchunked']], 400],
    ['a header that folds', get('/healthz', 'X: a', ' b'), 400],
    ['a method that nobody knows', ['BREW', '/', []], 400],
    ['a server as a whole', ['OPTIONS', '*', []], 400],
    ['what the server is asked to tell back', ['TRACE', '/', []], 405],
  ];
  it.each(asked)('%s', async (_, [method, target, headers], expected) => {
    const lines = [`Host: localhost:${port}`, ...headers, 'Content-Type: application/json', 'Connection: close'];
    const answer = await raw(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    expect(answer.status).toBe(expected);
    if (answer.status >= 400) expect(answer.text).toContain('application/problem+json');
    expect(answer.text).not.toMatch(/root:|"dependencies"|X-HTTP-Method|example-university/);
    expect(service.parts.pipeline.asked).toEqual([]);
  });

  it.each([
    ['names', ['Host: evil.example']],
    ['keys', ['Authorization: Bearer a', 'authorization: Bearer b']],
  ])('two %s are none', async (_, headers) => {
    const lines = [`Host: localhost:${port}`, ...headers, 'Connection: close'];
    expect((await raw(`GET /healthz HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)).status).toBe(400);
  });

  it('a tunnel is closed without a word', async () => {
    expect((await raw(`CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)).text).toBe('');
  });

  it('an address of a student, written otherwise, leaves the same record', async () => {
    for (const path of ['/%61pi/v1/students/11', '/api/v1/%73tudents/11']) {
      const other = await Service.start();
      const { status } = await other.get(path);
      const is_recorded = other.parts.record.rows.some(({ user_id }) => user_id === 11);
      expect([path, status, is_recorded]).toEqual([path, 200, true]);
      await other.close();
    }
    expect((await service.get('/API/v1/students/11')).status).toBe(404);
  });
});

describe('behind a proxy', () => {
  const PER_MINUTE = 3;
  const from = async (service: Service, remoteAddress: string, headers: Record<string, string>) => {
    const instance = service.http.app.getHttpAdapter().getInstance();
    return (await instance.inject({ method: 'GET', url: '/healthz', remoteAddress, headers })).statusCode;
  };
  const oneMore = async (service: Service, remoteAddress: string, headers: (i: number) => Record<string, string>) => {
    for (let i = 0; i < PER_MINUTE; i++) expect(await from(service, remoteAddress, headers(i))).toBe(200);
    return from(service, remoteAddress, headers(PER_MINUTE));
  };

  it('a sender is who the proxy says, and the last whom nobody that is trusted named', async () => {
    const proxied = await Service.start({ proxy: ['10.0.0.5'], requests_per_minute: PER_MINUTE });
    expect(await oneMore(proxied, '10.0.0.5', () => ({ 'x-forwarded-for': '203.0.113.9' }))).toBe(429);
    expect(await from(proxied, '10.0.0.5', { 'x-forwarded-for': '203.0.113.10' })).toBe(200);
    // What the sender made up before the proxy added who it was changes nothing.
    expect(await oneMore(proxied, '10.0.0.5', (i) => ({ 'x-forwarded-for': `127.0.0.1, 198.51.100.${i}, 203.0.113.11` }))).toBe(
      429,
    );
    await proxied.close();
  });

  it.each([
    ['another machine than the proxy', ['10.0.0.5']],
    ['anybody, where no proxy is named', null],
  ])('%s is not believed', async (_, proxy) => {
    const service = await Service.start({ proxy, requests_per_minute: PER_MINUTE });
    const made_up = (i: number) => ({ 'x-forwarded-for': i % 2 ? '127.0.0.1' : `198.51.100.${i}`, 'x-forwarded-proto': 'https' });
    expect(await oneMore(service, '203.0.113.9', made_up)).toBe(429);
    await service.close();
  });
});

it('who opens connections without end is turned away, and those who have one are answered', async () => {
  const small = await Service.start({ connections_max: 2 });
  const there = Number(new URL(await small.http.listen('127.0.0.1', 0)).port);
  const opened = () =>
    new Promise<'open' | 'closed'>((resolve) => {
      const socket = connect(there, '127.0.0.1', () => socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost:${there}\r\n\r\n`));
      socket
        .on('data', () => resolve('open'))
        .on('error', () => resolve('closed'))
        .on('close', () => resolve('closed'));
    });
  expect([await opened(), await opened(), await opened()]).toEqual(['open', 'open', 'closed']);
  await small.close();
});
