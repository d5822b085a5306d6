/** The HTTP side put together: Fastify with its guards, Nest with the controllers, the page. Listening is the caller's. */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import helmet from 'helmet';
import { guardAccess } from './access.js';
import { allowClickBody, readClickBodies } from './click-bodies.js';
import { HostGuard } from './host-guard.js';
import { measureRequests } from './http-metrics.js';
import { LTI_PATHS, type LtiDoor, serveLti } from './lti-routes.js';
import { serveMe } from './me-routes.js';
import { httpModule } from './module.js';
import { serveAccounts } from './oidc-routes.js';
import { ApiDocument, apiDocument } from './openapi.js';
import { servePage } from './page.js';
import type { HttpParts, HttpSettings } from './parts.js';
import { validationPipe } from './pipes.js';
import { bytesOf, ProblemFilter } from './problem.filter.js';
import { PROBLEM_TYPE, Problem, titleOf } from './problem.js';
import { Readiness } from './readiness.js';
import { RouteList } from './route-list.js';
import { recordViews } from './showing.js';
import { serveUnsubscribe } from './unsubscribe-routes.js';

/** A body is a change to one alert; a mebibyte is far beyond any note. Clicks may have more. */
const BODY_BYTES_MAX = 1_048_576;
/** To send a whole request: beyond it a client holds a connection open for nothing. */
const REQUEST_TIMEOUT_MS = 30_000;
/** So many times within that it is looked whether somebody stalls. */
const TIMEOUT_CHECKS = 6;
/** At a shutdown: to answer what is under way. Nobody else would end a request whose sender stalls then. */
const CLOSE_MS = 5_000;
/** Per address: a person clicks a few times a second, a script pages at some tens. */
const REQUESTS_PER_MINUTE = 6_000;
/** On loopback all come from one address, a proxy's users too: only a runaway loop gets here. */
const REQUESTS_PER_MINUTE_LOOPBACK = 6_000_000;
/** Addresses remembered by the limiter; beyond it the oldest is forgotten. */
const ADDRESSES_KEPT = 5_000;

/** Open at once: a campus behind a proxy has some hundreds. Each costs a file handle and some 10 KiB; who is beyond it is turned away. */
const CONNECTIONS_MAX = 8_192;

/** Half a year: a browser that has been here by TLS does not come back without. */
const HSTS_S = 15_552_000;

/** Own files only; nothing inline, nothing evaluated, no frame around it, no HTML made from text. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["'none'"],
};

/** The service as seen from outside: made by `createHttp`, listening when told to. */
export class Http {
  constructor(
    /** For tests: the application inside. */
    readonly app: NestFastifyApplication,
    readonly routes: RouteList,
    readonly document: ApiDocument,
    readonly readiness: Readiness,
    private readonly scheme: 'http' | 'https',
  ) {}

  /** Resolves to the address that it can be asked at: `http://127.0.0.1:3000`. Port 0 takes any free one. */
  async listen(host: string, port: number): Promise<string> {
    await this.app.listen(port, host);
    const { port: taken } = this.app.getHttpServer().address() as AddressInfo;
    return `${this.scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}`;
  }

  /** From now on data is answered and `/readyz` says so. */
  ready(): void {
    this.readiness.done('store');
  }

  /** First step of a shutdown: `/readyz` says no, so that load balancers turn away, while requests are still answered. */
  stopping(): void {
    this.readiness.stop();
  }

  /** Answers what is under way, closes keep-alive connections that are idle, and stops listening. */
  async close(): Promise<void> {
    this.stopping();
    const server = this.app.getHttpServer() as Server;
    const given_up = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    await this.app.close();
    clearTimeout(given_up);
  }
}

/**
 * Puts it together, ready to `listen`. Until `ready()` no data is answered.
 *
 *   const http = await createHttp({ views, tables, pipeline, seen, models, clicks, metrics, settings, log });
 *   await http.listen('127.0.0.1', 3000);
 *   http.ready();
 */
export async function createHttp(parts: HttpParts): Promise<Http> {
  const routes = new RouteList();
  const readiness = new Readiness();
  readiness.wait('store', 'The store is being opened.');
  const filter = new ProblemFilter(parts.log, routes);
  const lti = parts.lti ?? null;
  const addHeaders = headersOf(parts.settings, lti?.lti.origins ?? []);
  const adapter = adapterOf(filter, parts.settings, addHeaders);
  const instance = adapter.getInstance() as unknown as FastifyInstance;
  instance.addHook('onRoute', (route) => {
    routes.add(route.method, route.url);
    allowClickBody(route);
  });
  instance.removeContentTypeParser('text/plain');
  readClickBodies(instance);
  // In this order: what a guard refuses has the headers too, and counts for who asks without end.
  instance.addHook('onRequest', (request, reply, done) => addHeaders(request.raw, reply.raw, (error) => done(error as Error)));
  await addLimits(instance, parts.settings);
  addGuards(instance, parts.settings, readiness, lti);
  guardAccess(instance, parts.gate ?? null, lti);
  recordViews(instance, parts.seen);
  measureRequests(instance, parts.metrics);
  const app = await NestFactory.create<NestFastifyApplication>(httpModule(parts, routes, readiness), adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(filter);
  await servePage(instance);
  await app.init();
  // After Nest, whose answers to what goes wrong hold there too.
  if (lti) await serveLti(instance, lti);
  if (parts.unsubscribe) await serveUnsubscribe(instance, parts.unsubscribe);
  if (parts.gate && parts.accounts) serveAccounts(instance, parts.gate, lti, parts.accounts);
  if (lti && parts.me) serveMe(instance, parts.views, parts.me);
  const document = app.get(ApiDocument);
  document.set(apiDocument(app, parts.settings.version, parts.gate != null));
  await instance.ready();
  (app.getHttpServer() as Server).maxConnections = parts.settings.connections_max ?? CONNECTIONS_MAX;
  return new Http(app, routes, document, readiness, parts.settings.tls ? 'https' : 'http');
}

type AddHeaders = ReturnType<typeof helmet>;

/** Made once: Fastify's plugin of it would put the headers together again for each request. */
function headersOf({ tls, proxy }: HttpSettings, frames: readonly string[]): AddHeaders {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: frames.length > 0 ? { ...POLICY, frameAncestors: [...frames] } : POLICY,
    },
    strictTransportSecurity: tls || proxy ? { maxAge: HSTS_S, includeSubDomains: false } : false,
    frameguard: frames.length > 0 ? false : { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
}

function adapterOf(filter: ProblemFilter, settings: HttpSettings, addHeaders: AddHeaders): FastifyAdapter {
  const { request_timeout_ms, tls, proxy } = settings;
  const timeout_ms = request_timeout_ms ?? REQUEST_TIMEOUT_MS;
  return new FastifyAdapter({
    trustProxy: proxy ? [...proxy] : false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: timeout_ms,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // The guard answers a request without Host, as a problem.
    [tls ? 'https' : 'http']: {
      ...tls,
      requireHostHeader: false,
      // Node takes the longer of the two for the whole request, and its own for the headers is a minute.
      headersTimeout: timeout_ms,
      connectionsCheckingInterval: timeout_ms / TIMEOUT_CHECKS,
    },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = filter.answer(error, request);
      // Here no hook has run.
      addHeaders(request.raw, reply.raw, () => undefined);
      reply.status(status).header('content-type', PROBLEM_TYPE).header('cache-control', 'no-store').send(bytesOf(body));
    },
    clientErrorHandler: answerBrokenRequest,
  });
}

/** Who may ask, and whether there is anything to read yet: before all else, so that it holds for every route. */
function addGuards(instance: FastifyInstance, settings: HttpSettings, readiness: Readiness, lti: LtiDoor | null): void {
  const names = lti ? [...settings.allowed_hosts, new URL(lti.lti.settings.address).host] : settings.allowed_hosts;
  const hosts = new HostGuard(names, settings.tls != null, { origins: lti?.lti.origins ?? [], paths: LTI_PATHS });
  const waiting = () =>
    new Problem(503, 'The store is being opened. Ask again in a moment.', {
      type: 'not-ready',
      headers: { 'retry-after': '1' },
    });
  instance.addHook('onRequest', (request, reply, done) => {
    const refused = hosts.problem(request);
    if (refused) return done(refused);
    reply.header('cache-control', 'no-store');
    if (!readiness.readable() && request.routeOptions.url?.startsWith('/api/')) return done(waiting());
    done();
  });
}

/** Of every request, also of those that are refused: who tries keys is among them. */
async function addLimits(instance: FastifyInstance, settings: HttpSettings): Promise<void> {
  const elsewhere = settings.requests_per_minute ?? REQUESTS_PER_MINUTE;
  await instance.register(rateLimit, {
    global: false,
    max: ({ ip }) => (isLoopback(ip) ? REQUESTS_PER_MINUTE_LOOPBACK : elsewhere),
    timeWindow: '1 minute',
    cache: ADDRESSES_KEPT,
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    errorResponseBuilder: (_request, { after }) =>
      new Problem(429, `Too many requests from this address; try again in ${after}.`),
  });
  // For the whole service, not route by route as the plugin would: those hooks run last, and none where there is no route.
  instance.addHook('onRequest', instance.rateLimit());
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** What is no HTTP at all never reaches a route; it is answered on the bare socket. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const title = titleOf(status);
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: `${title}.`, instance: '' });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
    // A sender that stalls would not close its own half either.
    () => socket.destroy(),
  );
}
