/** Product events as the public event counter's producer makes them. */
import { type Generated, type PaceOptions, paced } from './pace.js';
import { Random } from './random.js';

export const EVENT_NAMES = ['productview', 'purchase', 'addtobasket', 'removefrombasket'] as const;

const PRODUCT_CHARS = 15;
const USER_CHARS = 8;

/** The original sends as fast as it can; this can be watched. */
export const EVENTS_PER_S = 10;

/** Every product and every user is a new one, as in the original; the four names are equally likely. Dates are in seconds. */
export function* generateProductEvents(seed: number, options: PaceOptions): Generator<Generated> {
  const random = new Random(seed);
  for (const time_ms of paced(options)) {
    const event = {
      date: `${new Date(time_ms).toISOString().slice(0, 19)}UTC`,
      productId: random.word(PRODUCT_CHARS),
      eventName: random.one(EVENT_NAMES),
      userId: random.word(USER_CHARS),
    };
    yield { time_ms, text: JSON.stringify(event) };
  }
}
