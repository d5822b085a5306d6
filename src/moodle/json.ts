/** JSON as it is met in captured data: text or already parsed, with or without the converter's wrapping. */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `undefined` = not JSON. The parser's own message is thrown away: it quotes the text, and the text may be personal. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A key or a value: text is parsed, the converter's `{schema, payload}` taken off. `undefined` = text that is not JSON.
 * `'{"schema":null,"payload":{"id":7}}'`, `'{"id":7}'` and `{id: 7}` all give `{id: 7}`.
 */
export function unwrap(part: unknown): unknown {
  if (part === undefined) return null;
  const value = typeof part === 'string' ? parseJson(part) : part;
  if (!isObject(value) || !('payload' in value)) return value;
  return 'schema' in value || Object.keys(value).length === 1 ? (value.payload ?? null) : value;
}
