/** The web page and the page of the OpenAPI document, served from the package's own files. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const WEB = fileURLToPath(new URL('../../web/', import.meta.url));

/** As narrow as the page's own, but for icons from data addresses and for the HTML that Swagger UI makes from Markdown. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What of Swagger UI is needed; its other files stay closed. */
const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** Addresses that the page itself makes sense of. */
const PAGES = [
  '/',
  '/at-risk',
  '/students/:userId',
  '/contacts',
  '/courses',
  '/courses/:courseId',
  '/analytics',
  '/clicks',
  '/model',
  '/what-if',
  '/system',
  '/me',
];

/** Libraries of the page: name, the package, and the file seen from its entry. */
const LIBRARIES = [
  ['preact.js', 'htm', '../preact/standalone.module.js'],
  ['uplot.js', 'uplot', 'uPlot.esm.js'],
  ['uplot.css', 'uplot', 'uPlot.min.css'],
] as const;

/** A changed file is asked for again at once, an unchanged one costs a 304. */
const CACHE = 'no-cache';

export async function servePage(instance: FastifyInstance): Promise<void> {
  await instance.register(fastifyStatic, { root: WEB, serve: false, cacheControl: false });
  for (const name of readdirSync(WEB).filter((file) => /\.(html|js|css|svg)$/.test(file) && !file.startsWith('docs'))) {
    const urls = name === 'index.html' ? PAGES : [`/${name}`];
    for (const url of urls) instance.get(url, (_request, reply) => send(reply, name, WEB));
  }
  const ours = createRequire(import.meta.url);
  for (const [name, entry, file] of LIBRARIES) {
    const path = join(dirname(ours.resolve(entry)), file);
    instance.get(`/vendor/${name}`, (_request, reply) => send(reply, basename(path), dirname(path)));
  }
  instance.get('/docs', (_request, reply) => send(docs(reply), 'docs.html', WEB));
  instance.get('/docs/docs.js', (_request, reply) => send(docs(reply), 'docs.js', WEB));
  const swagger = swaggerFolder();
  for (const name of SWAGGER_FILES) instance.get(`/docs/${name}`, (_request, reply) => send(docs(reply), name, swagger));
}

const INDEX = readFileSync(join(WEB, 'index.html'));

/** Whether a person typed this address, or followed a link to it: then the page says that there is nothing, in their language. */
export function isAskedByAPerson({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

export function sendNowhere(reply: FastifyReply): void {
  reply.status(404).header('content-type', 'text/html; charset=utf-8').header('cache-control', 'no-store').send(INDEX);
}

function send(reply: FastifyReply, name: string, root: string): FastifyReply {
  return reply.header('cache-control', CACHE).sendFile(name, root);
}

function docs(reply: FastifyReply): FastifyReply {
  return reply.header('content-security-policy', DOCS_POLICY);
}

/** Swagger UI comes with @nestjs/swagger, so it is looked for from there. */
function swaggerFolder(): string {
  const ours = createRequire(import.meta.url);
  const nests = createRequire(ours.resolve('@nestjs/swagger/package.json'));
  return join(dirname(nests.resolve('swagger-ui-dist/package.json')));
}
