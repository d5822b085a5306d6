/** The words that the schemas of the answers are written in. */
export type Schema = { [keyword: string]: unknown };

export const int: Schema = { type: 'integer' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const num: Schema = { type: 'number' };
export const probability: Schema = { type: 'number', minimum: 0, maximum: 1 };
export const text: Schema = { type: 'string' };
export const bool: Schema = { type: 'boolean' };
export const day: Schema = { type: 'string', format: 'date' };
export const ms: Schema = { type: 'integer', description: 'Epoch milliseconds UTC.' };

export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: [...values] });
export const counts = (description: string): Schema => ({ type: 'object', description, additionalProperties: count });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
/** Beside whom a row of the record names. */
export const by_user_id: Schema = {
  ...orNull(int),
  description: 'Who that is in Moodle: the name is only what they are called. null: a program, or not known.',
};
/** Every property is always there; what is unknown is null. */
export const object = (properties: Record<string, Schema>): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
