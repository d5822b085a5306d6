/**
 * DNS rebinding: a web page anywhere can point a name of its own at 127.0.0.1 and have the browser of a member of staff
 * read this service. What the page cannot forge is the Host header, the name the browser asked for, nor Origin, the page
 * that asks. So both are compared with the names this service goes by.
 */
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const DEFAULT_PORT = 80;

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
   *   no Host                                                 400, as HTTP/1.1 wants it
   */
  problem(request: FastifyRequest): Problem | null {
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
