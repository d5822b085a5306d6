/** A schema registry with Confluent's interface: schemas by the number that each Avro message begins with. */
import { type AvroDecoder, avroDecoder } from './avro.js';
import { pause } from './waiting.js';

export const REGISTRY_SETTING = 'HOLDFAST_SCHEMA_REGISTRY';
/** An answer takes milliseconds; a registry that hangs is asked again. */
const ANSWER_MS_MAX = 3_000;
const RETRY_MS_FIRST = 250;
/** A registry that is back is noticed within this time. */
const RETRY_MS_MAX = 5_000;
/** A connector has two schemas a table, and new ones with each ALTER TABLE. Numbers of messages that are no Avro come on top. */
const SCHEMAS_MAX = 10_000;

/** `null`: the registry does not know the number, or what it has is no schema. */
export type KnownSchema = AvroDecoder | null;

export class SchemaRegistry {
  private readonly known = new Map<number, KnownSchema>();
  private readonly base: string;
  private readonly headers: Record<string, string>;
  /** For people: without a login. */
  private readonly name: string;

  constructor(
    url: string,
    private readonly log: (message: string) => void,
  ) {
    const parsed = new URL(url);
    const login = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
    this.headers = parsed.username === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
    parsed.username = '';
    parsed.password = '';
    this.base = parsed.href.replace(/(?<!\/)\/+$/, '');
    this.name = `${parsed.host}${parsed.pathname.replace(/(?<!\/)\/+$/, '')}`;
  }

  /** undefined = not asked for yet. */
  get(id: number): KnownSchema | undefined {
    return this.known.get(id);
  }

  /**
   * Resolves once all of these are known. Waits for a registry that is away, as long as it takes; rejects when `signal` aborts
   * and for what only the operator can mend.
   */
  async load(ids: Iterable<number>, signal: AbortSignal): Promise<void> {
    for (const id of ids) {
      if (!this.known.has(id)) await this.fetch(id, signal);
    }
  }

  private async fetch(id: number, signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; failures++) {
      signal.throwIfAborted();
      const answer = await this.ask(id, signal);
      if (typeof answer !== 'string') {
        if (this.known.size >= SCHEMAS_MAX) this.known.clear();
        this.known.set(id, answer);
        if (failures > 0) this.log(`the schema registry ${this.name} answers again`);
        return;
      }
      const ms = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(failures, 10));
      if (failures % 10 === 0) {
        this.log(`the schema registry ${this.name} does not give schema ${id} (${answer}): waiting; see ${REGISTRY_SETTING}`);
      }
      await pause(ms, signal);
    }
  }

  /** The schema; or why there is no answer. */
  private async ask(id: number, signal: AbortSignal): Promise<KnownSchema | string> {
    let response: Response;
    let body: unknown;
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
      response = await fetch(`${this.base}/schemas/ids/${id}`, { headers: this.headers, signal: limit });
      body = await response.json().catch(() => null);
    } catch (error) {
      const { cause, message } = error as Error;
      return cause instanceof Error && cause.message !== '' ? cause.message : message;
    }
    if (response.status === 401 || response.status === 403) {
      throw new Error(`the schema registry ${this.name} refuses us (${response.status}); check the login in ${REGISTRY_SETTING}`);
    }
    if (response.status === 404) return unknownId(body) ? null : this.notThere();
    if (!response.ok) return `status ${response.status}`;
    return decoderOf(body);
  }

  private notThere(): never {
    throw new Error(
      `${this.name} is no schema registry: it has no /schemas/ids; ${REGISTRY_SETTING} must name the address of Confluent's interface, for Apicurio …/apis/ccompat/v7`,
    );
  }
}

/** `{"error_code":40403,…}` is the registry's own word; any other 404 comes from something else at that address. */
function unknownId(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error_code' in body;
}

function decoderOf(body: unknown): KnownSchema {
  try {
    const { schema, schemaType } = body as { schema: string; schemaType?: string };
    return schemaType === undefined || schemaType === 'AVRO' ? avroDecoder(JSON.parse(schema)) : null;
  } catch {
    return null;
  }
}
