/** What can be generated, by the names that `generate` and `replay` know; and how fast it comes unless told otherwise. */
import { CLICKS_PER_S, generateClicks } from './clicks.js';
import type { Generate } from './pace.js';
import { EVENTS_PER_S, generateProductEvents } from './product-events.js';
import { CODES, CODES_PER_S, generateCodes, generateUsers, USERS_PER_S } from './reference-rows.js';
import { generateUdpRecords, UDP_RECORDS_PER_S } from './udp-records.js';

export interface Generator {
  generate: Generate;
  rate_per_s: number;
  /** How many unless told otherwise; null = until it is stopped. */
  count: number | null;
}

/** Users −1, 0 and up to 40 click; the two first are in no table. */
const USERS = 40;

export const GENERATORS = {
  clicks: { generate: generateClicks, rate_per_s: CLICKS_PER_S, count: null },
  users: { generate: generateUsers, rate_per_s: USERS_PER_S, count: USERS },
  codes: { generate: generateCodes, rate_per_s: CODES_PER_S, count: CODES.length },
  udp: { generate: generateUdpRecords, rate_per_s: UDP_RECORDS_PER_S, count: null },
  events: { generate: generateProductEvents, rate_per_s: EVENTS_PER_S, count: null },
} as const satisfies Record<string, Generator>;

export type GeneratedKind = keyof typeof GENERATORS;
