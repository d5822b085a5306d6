/** The service, asked by fetch: an answer, or a problem that the page can put into words. */

const PATIENCE_MS = 10_000;

export class Problem extends Error {
  /** `kind`: timeout, network, or answered (then `status` and `body` as the service gave them). */
  constructor(kind, status = 0, body = {}) {
    super(kind);
    this.kind = kind;
    this.status = status;
    this.body = body;
  }
}

async function ask(path, options = {}, patience_ms = PATIENCE_MS) {
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, { ...options, signal: AbortSignal.timeout(patience_ms) });
  } catch (error) {
    throw new Problem(error.name === 'TimeoutError' ? 'timeout' : 'network');
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem('answered', response.status, body);
  return body;
}

/** `read('predictions', { course: 2, cursor: null })`: what is null or undefined is left out. */
export function read(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const text = new URLSearchParams(given).toString();
  return ask(text ? `${path}?${text}` : path, { headers: { accept: 'application/json' } });
}

export function changeAlert(alert, patch) {
  return ask(`alerts/${encodeURIComponent(alert.alert_id)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', 'if-match': `"${alert.revision}"` },
    body: JSON.stringify(patch),
  });
}

/** A case that a person opens themselves. */
export function openAlert(opening) {
  return ask('alerts', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(opening) });
}

/** Ends the session of the page. */
export const leave = () => ask('session', { method: 'DELETE' });

/** It then has no result. */
export const stopTrial = () => ask('trial', { method: 'DELETE' });

/** Work that takes longer than a reading may: its own patience. */
export function send(path, body, patience_ms = 10 * 60_000) {
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return ask(path, options, patience_ms);
}
