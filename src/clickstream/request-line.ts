/** What a click's request says: method, address and version, of a web server's line or of a page's address. */

export interface RequestParts {
  method: string | null;
  /** As it was sent: a path, or a whole address. */
  address: string | null;
  /** `1.1` */
  version: string | null;
}

const NOTHING: RequestParts = { method: null, address: null, version: null };
const LINE = /^([A-Za-z]{1,20}) (.*?)(?: HTTP\/(\d(?:\.\d)?))?$/s;

/**
 * `GET /index.html HTTP/1.1` → GET, /index.html, 1.1. `https://shop.example/p?id=7` is an address alone. Nothing is refused: a scanner's
 * nonsense is an address too.
 */
export function requestParts(request: string | null): RequestParts {
  if (request === null) return NOTHING;
  const [, method, address, version] = LINE.exec(request) ?? [];
  if (method === undefined) return { ...NOTHING, address: request };
  return { method: method.toUpperCase(), address: address!, version: version ?? null };
}
