/** Clicks whose user names, addresses, referrers and agents are `HOSTILE_TEXTS`: of each text a user who clicked some times in two minutes. */
import type { ClickRecord } from '../../src/click-ports.js';
import { decodeLine } from '../../src/clickstream/decode-record.js';
import type { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import { HOSTILE_TEXTS } from '../fixtures/hostile-texts.js';

export const HOSTILE_FROM_MS = Date.UTC(2026, 10, 22, 9);
const CLICKS_EACH = 4;

export async function hostileClicks(pipeline: Pick<ClickPipeline, 'process'>): Promise<void> {
  const users = HOSTILE_TEXTS.map((text, i) => ({
    user_id: i + 1,
    username: text,
    first_name: text,
    last_name: text,
    city: text,
  }));
  const clicks = HOSTILE_TEXTS.flatMap((text, i) =>
    Array.from({ length: CLICKS_EACH }, (_, n) => ({
      ...{ userid: i + 1, _time: HOSTILE_FROM_MS + n * 7_000 + i, ip: `203.0.113.${i + 1}`, status: '404', bytes: '40000' },
      ...{ request: `GET /${text} HTTP/1.1`, referrer: text, agent: text, partner_name: text },
    })),
  );
  clicks.sort((a, b) => a._time - b._time);
  const codes = [{ code: 404, definition: HOSTILE_TEXTS[0] }];
  for (const [kind, rows] of [
    ['users', users],
    ['codes', codes],
    ['clicks', clicks],
  ] as const) {
    const place = (i: number) => ({ source: kind, position: String(i), received_ms: HOSTILE_FROM_MS });
    const records = rows.map((row, i) => decodeLine(kind, JSON.stringify(row), place(i)) as ClickRecord);
    await pipeline.process({ records, rejected: [], live: false });
  }
}
