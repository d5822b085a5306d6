/** A Kibana that takes saved objects, and what its refusals mean for whoever loads them. */

export interface KibanaOptions {
  /** `https://user:password@kibana.example:5601`, with a path where it has one: `/s/teaching` is a space. The password is never shown. */
  url: string;
  /** In place of user and password: the encoded form, `id:key` in base64. */
  api_key: string | null;
}

/** It does not take them. The message says why, and what to do. */
export class KibanaFault extends Error {
  override readonly name = 'KibanaFault';
}

/** Kibana writes a few dozen objects in a second or two; one that has just started takes longer. */
const ANSWER_MS_MAX = 60_000;
/** What is shown of an answer that says why. */
const SAID_CHARS_MAX = 200;
const LOGIN =
  'put a user into the address (http://USER:PASSWORD@HOST:5601), or an API key in its encoded form into HOLDFAST_KIBANA_API_KEY';

/** What Kibana answers to an import, of that what is used. */
interface Imported {
  success: boolean;
  successCount: number;
  errors?: { id: string; type: string; error: { type: string; message?: string; references?: { type: string; id: string }[] } }[];
}

export class Kibana {
  /** For people: without a password. */
  readonly name: string;
  readonly #headers: Record<string, string> = { 'kbn-xsrf': 'holdfast' };

  constructor({ url, api_key }: KibanaOptions) {
    const { origin, pathname, username, password } = new URL(url);
    this.name = `${origin}${pathname.replace(/(?<!\/)\/+$/, '')}`;
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
    if (api_key !== null) this.#headers.authorization = `ApiKey ${api_key}`;
    else if (username !== '') this.#headers.authorization = `Basic ${login}`;
  }

  /** Puts the objects of a file there, in place of those with the same ids. Resolves with how many; throws `KibanaFault`. */
  async load(file: { name: string; text: string }): Promise<number> {
    const body = new FormData();
    // Kibana goes by the ending of the name.
    body.set('file', new Blob([file.text], { type: 'application/ndjson' }), file.name);
    const answer = await this.#post('/api/saved_objects/_import?overwrite=true', body);
    if (answer.status !== 200) throw new KibanaFault(await this.#refusal(answer));
    const said = (await answer.json().catch(() => null)) as Imported | null;
    if (typeof said?.success !== 'boolean') throw new KibanaFault(this.#stranger('answers something other than JSON'));
    if (!said.success) throw new KibanaFault(`${this.name} did not take ${file.name}:\n${faultsOf(said)}`);
    return said.successCount;
  }

  async #post(path: string, body: FormData): Promise<Response> {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    try {
      // A redirect leads to a page for people, and would take the login along.
      return await fetch(`${this.name}${path}`, { method: 'POST', headers: this.#headers, body, redirect: 'manual', signal });
    } catch (error) {
      if (signal.aborted)
        throw new KibanaFault(`${this.name} has not answered for ${ANSWER_MS_MAX / 1000} s: look whether it is well.`);
      const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
      throw new KibanaFault(`${this.name} does not answer${typeof code === 'string' ? ` (${code})` : ''}: ${remedyOf(code)}`);
    }
  }

  async #refusal(answer: Response): Promise<string> {
    const { status } = answer;
    const said = await saidIn(answer);
    if (status === 401) return `${this.name} does not accept the login (401): ${LOGIN}.`;
    if (status === 403)
      return `${this.name} does not allow it (403): give the user, in this space, the Kibana privilege "Saved Objects Management: All", or the role kibana_admin.`;
    if (status === 404 || status === 405) return this.#stranger(`has nowhere to put saved objects (${status})`);
    if (status >= 300 && status < 400) return this.#stranger(`sends elsewhere (${status})`);
    if (status === 413)
      return `${this.name} takes no file of this size (413): raise savedObjects.maxImportPayloadBytes, or the limit of the proxy before it.`;
    if (/more recent version/.test(said))
      return `${this.name} is too old for these dashboards, which need Kibana 8.9 or newer: ${said}`;
    if (status === 429 || status >= 500) return `${this.name} is not ready (${status}): try again in a minute.${because(said)}`;
    return `${this.name} refuses the file (${status}).${because(said)}`;
  }

  #stranger(what: string): string {
    return `${this.name} ${what}: name Kibana itself, with its base path and space where it has them, such as http://HOST:5601/s/teaching; where it asks for a login, ${LOGIN}.`;
  }
}

function because(said: string): string {
  return said === '' ? '' : ` It says: ${said}`;
}

/** Kibana's own words, without what a page or a proxy may send. */
async function saidIn(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '');
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message.slice(0, SAID_CHARS_MAX) : '';
  } catch {
    return '';
  }
}

function remedyOf(code: unknown): string {
  if (typeof code === 'string' && /CERT|SIGNATURE|ALTNAME/.test(code))
    return 'its certificate is not trusted here. Name the file of the authority that signed it in NODE_EXTRA_CA_CERTS.';
  return 'start it, or name its address with --kibana or HOLDFAST_KIBANA.';
}

/** A line for each object that was not taken. */
function faultsOf({ errors = [] }: Imported): string {
  const lines = errors.map(({ type, id, error }) => `  ${type} ${id}: ${remedyOfObject(error)}`);
  return lines.length > 0 ? lines.join('\n') : '  it does not say why: look into its log.';
}

function remedyOfObject({ type, message, references }: NonNullable<Imported['errors']>[number]['error']): string {
  if (type === 'conflict' || type === 'ambiguous_conflict')
    return 'an object with this id is there and cannot be replaced. Delete it (Stack Management, Saved Objects) and load again.';
  if (type === 'unsupported_type') return 'this Kibana has no such objects. It takes Kibana 8.9 or newer, with Lens.';
  if (type === 'missing_references')
    return `what it refers to is missing: ${(references ?? []).map((reference) => `${reference.type} ${reference.id}`).join(', ')}. Build the files again.`;
  return `${type}${message === undefined ? '' : `, ${message.slice(0, SAID_CHARS_MAX)}`}.`;
}
