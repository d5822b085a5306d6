/**
 * Avro as Debezium's converters write it, to the plain values that their JSON would have had: so that one decoder serves
 * both. A 64-bit number beyond 2^53 is rounded as JSON.parse rounds it, bytes are base64, unions stand without a wrapping.
 */
import avro from 'avsc';
import { lengthsAreTrue, partsOf, statesLengths } from './avro-lengths.js';

export type AvroDecoder = (bytes: Buffer) => unknown;

const TWO_32 = 4_294_967_296;

/** Decodes a value without Confluent's five bytes in front. Throws for a schema that is none. */
export function avroDecoder(schema: unknown): AvroDecoder {
  const type = avro.Type.forSchema(plain(schema) as avro.Schema, {
    registry: { long: LONG },
    typeHook: (written) => {
      const name = typeof written === 'object' && written !== null && 'type' in written ? written.type : written;
      return name === 'bytes' || name === 'fixed' ? new Base64(written, {}) : undefined;
    },
  });
  if (hasEndlessList(type, new Set())) throw new Error('a list of things that take no room could be of any length');
  if (!statesLengths(type)) return (bytes) => type.fromBuffer(bytes);
  return (bytes) => {
    if (!lengthsAreTrue(type, bytes)) throw new Error('a list is longer than the message');
    return type.fromBuffer(bytes);
  };
}

/** Ten bytes could say that there are a billion nulls, and each would be put in a list. */
function hasEndlessList(type: avro.Type, seen: Set<avro.Type>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  const { itemsType } = type as avro.types.ArrayType;
  if (itemsType !== undefined && takesNoRoom(itemsType)) return true;
  return partsOf(type).some((part) => hasEndlessList(part, seen));
}

function takesNoRoom(type: avro.Type): boolean {
  if (type.typeName === 'null') return true;
  const { underlyingType } = type as avro.types.LogicalType;
  if (underlyingType !== undefined) return takesNoRoom(underlyingType);
  if (type.typeName === 'fixed') return (type as avro.types.FixedType).size === 0;
  // One that holds itself does so through a list or a choice, which take room.
  return type.typeName === 'record' && (type as avro.types.RecordType).fields.every((field) => takesNoRoom(field.type));
}

const LONG = avro.types.LongType.__with({
  // Two halves, one rounding: the nearest number to the 64 bits, as reading their digits gives it.
  fromBuffer: (bytes: Buffer) => bytes.readInt32LE(4) * TWO_32 + bytes.readUInt32LE(0),
  toBuffer: (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: Number,
  toJSON: (value: number) => value,
  isValid: (value: unknown) => typeof value === 'number' && Number.isInteger(value),
  compare: (a: number, b: number) => Math.sign(a - b),
});

class Base64 extends avro.types.LogicalType {
  protected override _fromValue(value: Buffer): string {
    return Buffer.from(value).toString('base64');
  }
  protected override _toValue(value: string): Buffer {
    return Buffer.from(value, 'base64');
  }
}

/** The parts of a schema that say how bytes are laid out. The rest (defaults, logical types, documentation) may even be wrong. */
const LAYOUT = ['type', 'name', 'namespace', 'fields', 'items', 'values', 'symbols', 'size'];

function plain(schema: unknown): unknown {
  if (typeof schema === 'string') return nameOf(schema);
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== 'object' || schema === null) return schema;
  const given = schema as Record<string, unknown>;
  const kept: Record<string, unknown> = {};
  for (const part of LAYOUT) if (part in given) kept[part] = given[part];
  if (Array.isArray(kept.fields))
    kept.fields = kept.fields.map((field) => ({ ...field, type: plain(field.type), default: undefined }));
  for (const part of ['type', 'items', 'values']) if (part in kept) kept[part] = plain(kept[part]);
  const named = ['record', 'enum', 'fixed'].includes(String(kept.type));
  for (const part of named ? ['name', 'namespace'] : []) if (typeof kept[part] === 'string') kept[part] = nameOf(kept[part]);
  // `{"type":"long","connect.name":…}` is a long: the library knows it as ours only by its bare name.
  return Object.keys(kept).length === 1 ? kept.type : kept;
}

/** Some converters leave a hyphen of the topic's name in: `moodle-a.moodle.mdl_user`. */
function nameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9_.]/g, '_');
}
