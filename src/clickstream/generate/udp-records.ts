/** Page views with the columns that real datagrams of the public UDP demo have: visitors who stay themselves from page to page. */
import { type Generated, type PaceOptions, paced } from './pace.js';
import { Random } from './random.js';

const VISITORS = 40;
/** Who is not signed in has no user; such records are in no table by user. */
const SIGNED_IN = 0.9;
/** A visitor's session on the site ends with about every twentieth page. */
const PAGES_A_SESSION = 20;
const SITE = 'https://shop.example';

const PAGE_TYPES = ['landing', 'listing', 'product', 'application', 'confirmation'] as const;
const EVENTS = ['pageview', 'click', 'scroll'] as const;
const LANGUAGES = ['en', 'de', 'id', 'zh'] as const;
const PARTNERS = [
  { partner_id: 1, partner_name: 'north-bank' },
  { partner_id: 2, partner_name: 'harbour-cards' },
  { partner_id: 3, partner_name: 'meadow-loans' },
] as const;
const PLACES = [
  { city: 'Singapore', country: 'SG' },
  { city: 'Jakarta', country: 'ID' },
  { city: 'Hong Kong', country: 'HK' },
  { city: 'Frankfurt', country: 'DE' },
] as const;
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0',
] as const;

/** One every 500 ms, as the original's producer sends them. */
export const UDP_RECORDS_PER_S = 2;

interface Visitor {
  user_id: string | null;
  session_id: string | null;
  user_agent: string;
  language: string;
  city: string;
  country: string;
  ip: string;
  page: string | null;
}

/** `date` is in seconds, as in the real samples. */
export function* generateUdpRecords(seed: number, options: PaceOptions): Generator<Generated> {
  const random = new Random(seed);
  const visitors = Array.from({ length: VISITORS }, () => visitorOf(random));
  for (const time_ms of paced(options)) {
    const visitor = random.one(visitors);
    const { user_id, user_agent, language, city, country, ip, page } = visitor;
    const init_session = visitor.session_id === null;
    visitor.session_id ??= random.word(16);
    const page_type = random.one(PAGE_TYPES);
    const current_url = `${SITE}/${page_type}/${random.whole(1, 50)}`;
    const record = {
      session_id: visitor.session_id,
      user_id,
      ...random.one(PARTNERS),
      page_type,
      init_session,
      date: Math.floor(time_ms / 1000),
      user_agent,
      city,
      country,
      current_url,
      referrer: page,
      language,
      ip,
      event: random.one(EVENTS),
    };
    const stays = random.next() * PAGES_A_SESSION >= 1;
    visitor.page = stays ? current_url : null;
    if (!stays) visitor.session_id = null;
    yield { time_ms, text: JSON.stringify(record) };
  }
}

function visitorOf(random: Random): Visitor {
  return {
    user_id: random.next() < SIGNED_IN ? random.word(8) : null,
    session_id: null,
    user_agent: random.one(AGENTS),
    language: random.one(LANGUAGES),
    ...random.one(PLACES),
    // A range for documentation: no network has it.
    ip: `203.0.113.${random.whole(1, 254)}`,
    page: null,
  };
}
