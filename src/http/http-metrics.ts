/** How long answers take, by route pattern: never by address, which would hold the numbers of people. */
import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

const BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
/** Requests for anything else share one label, so that a scanner cannot grow the registry. */
const NO_ROUTE = 'none';

export function measureRequests(instance: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'holdfast_http_request_duration_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
    registers: [registry],
  });
  instance.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
    const method = request.is404 ? NO_ROUTE : request.method;
    duration.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    done();
  });
}
