/** A request to a server of the tests, past the clients under test. `fetch` cannot be told of an authority. */
import { once } from 'node:events';
import { type IncomingMessage, request as open } from 'node:http';
import { request as secure } from 'node:https';
import { text } from 'node:stream/consumers';

/** `auth` = `user:password`; `ca` = PEM of the authority. */
export interface Asking {
  auth?: string;
  ca?: string;
  timeout_ms: number;
}

/** The answer as JSON; rejects with what it says where its status is not 2xx. */
export async function askJson(method: string, url: string, body: unknown, { timeout_ms, ...how }: Asking): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const request = (url.startsWith('https:') ? secure : open)(url, {
    ...how,
    method,
    headers,
    signal: AbortSignal.timeout(timeout_ms),
  });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const said = await text(answer);
  if (answer.statusCode! >= 300)
    throw new Error(`${method} ${new URL(url).pathname}: ${answer.statusCode} ${said.slice(0, 500)}`);
  return JSON.parse(said);
}
