/** A request to a server of the tests, past the clients under test. `fetch` cannot be told of an authority. */
import { once } from 'node:events';
import { type IncomingMessage, request as open } from 'node:http';
import { request as secure } from 'node:https';
import { text } from 'node:stream/consumers';

/** `auth` = `user:password`, `authorization` the whole header in its place; `ca` = PEM of the authority. */
export interface Asking {
  auth?: string;
  authorization?: string;
  ca?: string;
  timeout_ms: number;
}

/** The answer as JSON; rejects with what it says where its status is not 2xx. */
export async function askJson(
  method: string,
  url: string,
  body: unknown,
  { timeout_ms, authorization, ...how }: Asking,
): Promise<unknown> {
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    // Node says it by itself, but not of a DELETE.
    'content-length': Buffer.byteLength(sent),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const request = (url.startsWith('https:') ? secure : open)(url, {
    ...how,
    method,
    headers,
    signal: AbortSignal.timeout(timeout_ms),
  });
  request.end(sent);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const said = await text(answer);
  if (answer.statusCode! >= 300)
    throw new Error(`${method} ${new URL(url).pathname}: ${answer.statusCode} ${said.slice(0, 500)}`);
  return JSON.parse(said);
}
