/**
 * Whether an Avro value's lists and maps can have the lengths that they state. The library makes room for a length before it looks for
 * the items, and reads on behind the end: a damaged message of a hundred bytes would ask for gigabytes.
 */
import type avro from 'avsc';

/** Encoding: https://avro.apache.org/docs/1.11.1/specification/#binary-encoding. A type's lists must be of things that take room. */
export function lengthsAreTrue(type: avro.Type, bytes: Buffer): boolean {
  const cursor = new Cursor(bytes);
  return skip(type, cursor) && cursor.left >= 0;
}

/** Any list or map in it; a type without needs no look. */
export function statesLengths(type: avro.Type, seen = new Set<avro.Type>()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return type.typeName === 'array' || type.typeName === 'map' || partsOf(type).some((part) => statesLengths(part, seen));
}

/** The types directly within. */
export function partsOf(type: avro.Type): avro.Type[] {
  const { itemsType } = type as avro.types.ArrayType;
  const { valuesType } = type as avro.types.MapType;
  const { types } = type as avro.types.UnwrappedUnionType;
  const { fields = [] } = type as avro.types.RecordType;
  return [itemsType, valuesType, ...(types ?? []), ...fields.map((field) => field.type)].filter((part) => part !== undefined);
}

class Cursor {
  #at = 0;
  constructor(readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** A zigzag varint; beyond 2^53 rounded, which is longer than any message. */
  long(): number {
    let [value, factor, byte] = [0, 1, 0x80];
    for (; byte & 0x80 && this.left > 0; factor *= 128) {
      byte = this.bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** Past one value of the type; false where a length cannot be true. May end behind the last byte. */
function skip(type: avro.Type, cursor: Cursor): boolean {
  const { underlyingType } = type as avro.types.LogicalType;
  if (underlyingType !== undefined) return skip(underlyingType, cursor);
  switch (type.typeName) {
    case 'record':
      return (type as avro.types.RecordType).fields.every((field) => skip(field.type, cursor));
    case 'array':
      return skipBlocks(cursor, () => skip((type as avro.types.ArrayType).itemsType, cursor));
    case 'map':
      return skipBlocks(cursor, () => skipBytes(cursor) && skip((type as avro.types.MapType).valuesType, cursor));
    case 'union:unwrapped':
    case 'union:wrapped': {
      const chosen = (type as avro.types.UnwrappedUnionType).types[cursor.long()];
      return chosen !== undefined && skip(chosen, cursor);
    }
    case 'string':
    case 'bytes':
      return skipBytes(cursor);
    default:
      skipNumber(type, cursor);
      return true;
  }
}

function skipNumber(type: avro.Type, cursor: Cursor): void {
  const sizes: Record<string, number> = { null: 0, boolean: 1, float: 4, double: 8 };
  const size = type.typeName === 'fixed' ? (type as avro.types.FixedType).size : sizes[type.typeName];
  if (size === undefined) cursor.long();
  else cursor.skip(size);
}

function skipBytes(cursor: Cursor): boolean {
  const length = cursor.long();
  cursor.skip(length);
  return length >= 0 && cursor.left >= 0;
}

/** Blocks of items, each with its count in front, until a count of 0. A negative one is followed by the block's size in bytes. */
function skipBlocks(cursor: Cursor, skipItem: () => boolean): boolean {
  for (let count = cursor.long(); count !== 0; count = cursor.long()) {
    if (count < 0) cursor.long();
    // An item takes a byte at least.
    if (Math.abs(count) > cursor.left) return false;
    for (let i = Math.abs(count); i > 0; i--) if (!skipItem()) return false;
  }
  return true;
}
