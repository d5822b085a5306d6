/**
 * DNS rebinding: a web page anywhere can point a name of its own at 127.0.0.1 and have the browser of a member of staff
 * read this service. What the page cannot forge is the Host header, the name the browser asked for, nor Origin, the page
 * that asks. So both are compared with the names this service goes by.
 */
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const DEFAULT_PORT = 80;
/** Of two, Node takes the first and others the last. */
const ONCE = ['Host', 'Authorization'];

export class HostGuard {
  readonly #extra: ReadonlySet<string>;
  /** Per listening port: every Host that is accepted. One entry in practice. */
  readonly #accepted = new Map<number, ReadonlySet<string>>();

  /** `launches`: origins of learning platforms, and the only addresses that their pages may send forms to. */
  constructor(
    allowed_hosts: readonly string[],
    /** The service itself speaks TLS: then no page of its own comes without. */
    private readonly secure = false,
    private readonly launches: { origins: readonly string[]; paths: readonly string[] } = { origins: [], paths: [] },
  ) {
    this.#extra = new Set(allowed_hosts.map((host) => host.toLowerCase()));
  }

  /**
   * The problem with a request's Host and Origin, or null.
   *
   *   Host: localhost:3000                                    passes, when listening on 3000
   *   Host: localhost:3000  Origin: http://localhost:3000     passes
   *   Host: localhost:3000  Origin: http://localhost:9000     403: another site of the same machine
   *   Host: localhost:3000  Origin: null                      403: a sandboxed frame, a file
   *   Host: evil.example:3000                                 403
   *   no Host, two, or a target with a host of its own        400: whoever stands in front may have read another than we do
   */
  problem(request: FastifyRequest): Problem | null {
    if (!request.url.startsWith('/')) return new Problem(400, 'Ask for a path of this service, such as /api/v1/summary.');
    const twice = ONCE.find((name) => isTwice(request.raw.rawHeaders, name));
    if (twice !== undefined) return new Problem(400, `The header ${twice} comes twice.`);
    const host = request.headers.host?.toLowerCase();
    if (!host) return new Problem(400, 'The request names no host.');
    const port = request.raw.socket?.localPort ?? DEFAULT_PORT;
    if (!this.acceptedOn(port).has(host)) {
      return new Problem(403, 'The service does not go by this host name. The setting of allowed hosts can add it.', {
        type: 'unknown-host',
      });
    }
    const origin = request.headers.origin;
    if (origin === undefined || this.isOwnOrigin(origin, host) || this.isLaunch(request, origin)) return null;
    return new Problem(403, 'The request comes from a page of another site.', { type: 'foreign-origin' });
  }

  private isLaunch({ method, routeOptions }: FastifyRequest, origin: string): boolean {
    const { origins, paths } = this.launches;
    return method === 'POST' && paths.includes(routeOptions.url ?? '') && origins.includes(origin.toLowerCase());
  }

  /** `https` only for the names from the settings: there a proxy in front may speak TLS. */
  private isOwnOrigin(origin: string, host: string): boolean {
    const given = origin.toLowerCase();
    if (this.secure) return given === `https://${host}`;
    return given === `http://${host}` || (this.#extra.has(host) && given === `https://${host}`);
  }

  private acceptedOn(port: number): ReadonlySet<string> {
    const known = this.#accepted.get(port);
    if (known) return known;
    const names = [...LOOPBACK_NAMES, ...this.#extra];
    const accepted = new Set([...this.#extra, ...names.map((name) => `${name}:${port}`)]);
    if (port === DEFAULT_PORT) for (const name of LOOPBACK_NAMES) accepted.add(name);
    this.#accepted.set(port, accepted);
    return accepted;
  }
}

/** `headers` as Node has them: name, value, name, value. */
function isTwice(headers: readonly string[], name: string): boolean {
  let count = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const given = headers[i]!;
    if (given.length === name.length && given.toLowerCase() === name.toLowerCase()) count += 1;
  }
  return count > 1;
}
