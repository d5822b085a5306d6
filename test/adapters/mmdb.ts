/** A small database in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), so that one of cities can be had without its licence. */

type Value = string | number | Value[] | { [name: string]: Value };

const RECORD_BYTES = 4;
const SEPARATOR = Buffer.alloc(16);
const MARKER = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
const EMPTY = -1;

/** `networks`: [first three numbers of an IPv4 /24, what is known of it]. */
export function mmdb(networks: [prefix: string, value: Value][]): Buffer {
  const data: Buffer[] = [];
  let data_bytes = 0;
  const nodes: [number, number][] = [[EMPTY, EMPTY]];
  const leaves: { node: number; side: 0 | 1; offset: number }[] = [];
  for (const [prefix, value] of networks) {
    const bits = prefix.split('.').flatMap((part) => [...Number(part).toString(2).padStart(8, '0')].map(Number)) as (0 | 1)[];
    let node = 0;
    for (const side of bits.slice(0, -1)) {
      if (nodes[node]![side] === EMPTY) nodes[node]![side] = nodes.push([EMPTY, EMPTY]) - 1;
      node = nodes[node]![side]!;
    }
    leaves.push({ node, side: bits.at(-1)!, offset: data_bytes });
    const encoded = encode(value);
    data.push(encoded);
    data_bytes += encoded.length;
  }
  for (const { node, side, offset } of leaves) nodes[node]![side] = nodes.length + SEPARATOR.length + offset;
  const tree = Buffer.alloc(nodes.length * 2 * RECORD_BYTES);
  for (const [i, pair] of nodes.entries()) {
    for (const side of [0, 1])
      tree.writeUInt32BE(pair[side] === EMPTY ? nodes.length : pair[side]!, (i * 2 + side) * RECORD_BYTES);
  }
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_584_669_952,
    database_type: 'Invented-City',
    description: {},
    ip_version: 4,
    languages: ['en'],
    node_count: nodes.length,
    record_size: RECORD_BYTES * 8,
  };
  return Buffer.concat([tree, SEPARATOR, ...data, MARKER, encode(metadata)]);
}

const TEXT = 2;
const UINT32 = 6;
const MAP = 7;
const LIST = 11;

function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(TEXT, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(UINT32, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(LIST, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(MAP, entries.length), ...entries.flatMap(([name, of]) => [encode(name), encode(of)])]);
}

/** Sizes below 29 stand in the control byte itself; types above 7 in a byte after it. */
function control(type: number, size: number): Buffer {
  if (size >= 29) throw new RangeError('the test needs nothing as long as that');
  return Buffer.from(type > 7 ? [size, type - 7] : [(type << 5) | size]);
}
