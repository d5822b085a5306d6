/** The public keys of whoever signs tokens, read from their address when they are needed: bounded in size, time and how often. */
import { createRemoteJWKSet, customFetch } from 'jose';

const BYTES_MAX = 262_144;
const TIMEOUT_MS = 5_000;
const CACHED_MS = 600_000;
/** A token with an unknown key has the keys read again, but not more often than this. */
const COOLDOWN_MS = 30_000;

export type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

export function remoteKeys(url: string, fetched: typeof fetch = fetch): RemoteKeys {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: CACHED_MS,
    cooldownDuration: COOLDOWN_MS,
    [customFetch]: async (address, options) => bounded(await fetched(address, { ...options, redirect: 'error' })),
  });
}

/** The answer, read whole; throws beyond what keys and tokens take. */
export async function bounded(answer: Response): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw new Error('The answer is larger than keys and tokens are.');
    chunks.push(chunk);
  }
  // An answer of 204 or 304 may have no body, not even an empty one.
  return new Response(bytes === 0 ? null : Buffer.concat(chunks), { status: answer.status, headers: answer.headers });
}
