/** The two tables that clicks are joined to, as the public clickstream demo fills them. */
import { type Generated, type PaceOptions, paced } from './pace.js';
import { Random } from './random.js';

export const CODES = [
  { code: 200, definition: 'Successful' },
  { code: 302, definition: 'Redirect' },
  { code: 404, definition: 'Page not found' },
  { code: 405, definition: 'Method not allowed' },
  { code: 406, definition: 'Not acceptable' },
  { code: 407, definition: 'Proxy authentication required' },
] as const;

export const CITIES = ['Palo Alto', 'San Francisco', 'Raleigh', 'London', 'Frankfurt', 'New York'] as const;
export const LEVELS = ['Gold', 'Silver', 'Platinum'] as const;
/** Fewer than users, so that some share one: names are no keys. */
export const USERNAMES = [
  'amberlight_4',
  'brook_stone',
  'cobalt77',
  'drift_wood',
  'ember_fox',
  'fern_and_moss',
  'granite12',
  'harbour_lamp',
  'inkwell_9',
  'juniper_road',
  'kite_string',
  'lantern33',
  'maple_key',
  'north_gate',
  'opal_shore',
] as const;
const FIRST_NAMES = [
  'Amara',
  'Bela',
  'Ciaran',
  'Dilara',
  'Edda',
  'Femi',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Kaya',
  'Lior',
] as const;
const LAST_NAMES = [
  'Adler',
  'Bakker',
  'Costa',
  'Dvorak',
  'Evans',
  'Fischer',
  'Garcia',
  'Haas',
  'Ito',
  'Jansen',
  'Kaur',
  'Lund',
] as const;

/** 2014-08-10 to 2017-08-10. */
const REGISTERED_LEAST_MS = 1_407_645_330_000;
const REGISTERED_MOST_MS = 1_502_339_792_000;

/** The demo's senders wait up to 10 and up to 20 ms before each, half of that in the mean. */
export const USERS_PER_S = 200;
export const CODES_PER_S = 100;

/** Users counted from 1, without an end unless `count` gives one; the demo's clicks are of users up to 40. */
export function* generateUsers(seed: number, options: PaceOptions): Generator<Generated> {
  const random = new Random(seed);
  let user_id = 0;
  for (const time_ms of paced(options)) {
    const user = {
      user_id: ++user_id,
      username: random.one(USERNAMES),
      registered_at: random.whole(REGISTERED_LEAST_MS, REGISTERED_MOST_MS),
      first_name: random.one(FIRST_NAMES),
      last_name: random.one(LAST_NAMES),
      city: random.one(CITIES),
      level: random.one(LEVELS),
    };
    yield { time_ms, text: JSON.stringify(user) };
  }
}

/** One row a code, in order and then again, so that the first six are the whole table. The seed changes nothing. */
export function* generateCodes(_seed: number, options: PaceOptions): Generator<Generated> {
  let row = 0;
  for (const time_ms of paced(options)) yield { time_ms, text: JSON.stringify(CODES[row++ % CODES.length]) };
}
