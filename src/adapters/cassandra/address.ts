/** Where the cluster is, out of its URL. */

export interface Address {
  contact_point: string;
  user: string;
  password: string;
  datacenter: string;
  ssl: boolean;
  /** As CQL has it, for a keyspace that is made here. */
  replication: string;
  /** For people: no user and no password. */
  name: string;
}

export const FORM = 'cassandra://USER:PASSWORD@HOST:9042?datacenter=datacenter1';
const PORT = 9042;
/** The one that a new cluster has. */
const DATACENTER = 'datacenter1';
/** Whoever has more than one node says how many copies there shall be. */
const REPLICATION = '1';

/**
 * `cassandra://holdfast:pw@db:9042?datacenter=north&replication=north:3,south:2&ssl=true`. User and password may be percent-encoded.
 * `replication=3` is so many copies wherever (SimpleStrategy), `north:3` so many in each data centre (NetworkTopologyStrategy).
 */
export function parseAddress(url: string): Address {
  if (!URL.canParse(url) || !isDecodable(new URL(url)))
    throw new Error(`The address of Cassandra is none: set HOLDFAST_CASSANDRA to ${FORM}.`);
  const { hostname, port, username, password, searchParams } = new URL(url);
  const name = `${hostname}:${port || PORT}`;
  return {
    contact_point: name,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    datacenter: searchParams.get('datacenter') ?? DATACENTER,
    ssl: ['true', '1'].includes(searchParams.get('ssl') ?? ''),
    replication: replicationOf(searchParams.get('replication') ?? REPLICATION),
    name,
  };
}

function replicationOf(text: string): string {
  if (/^[1-9]\d?$/.test(text)) return `{'class': 'SimpleStrategy', 'replication_factor': ${text}}`;
  const centres = text.split(',').map((part) => /^([\w.-]+):([1-9]\d?)$/.exec(part));
  if (centres.includes(null))
    throw new Error(
      'replication in HOLDFAST_CASSANDRA must be a number of copies, or those of each data centre: north:3,south:2',
    );
  return `{'class': 'NetworkTopologyStrategy', ${centres.map((centre) => `'${centre![1]}': ${centre![2]}`).join(', ')}}`;
}

/** A % is the begin of a letter in hex, or the address means nothing. */
function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    return [username, password, pathname].every((part) => decodeURIComponent(part) !== null);
  } catch {
    return false;
  }
}
