/**
 * What there is to tell somebody, and whether it is time. A digest says how things stand, so none that was missed is missed; news are the
 * alerts that this person was not told of, however long ago they opened: who gets a new course gets its alerts too.
 */
import { createHash } from 'node:crypto';

export type NoticeForm = 'digest' | 'immediate' | 'original';

export interface OpenAlert {
  alert_id: string;
  user_id: number;
  name: string | null;
  course: string;
  score: number;
  opened_ms: number;
}

/** Of whoever they may see. */
export interface Standing {
  /** Students on this week's list. */
  listed: number;
  /** Alerts that nobody has taken yet. */
  open: readonly OpenAlert[];
  /** Students who wrote something that nobody has read yet. */
  unread: number;
}

/** What somebody has been told, as it is kept. */
export interface Told {
  /** By the machine's clock. */
  sent_ms: number;
  /** Whatever opened up to then they know of; null unless more were open than are kept by id. */
  opened_ms: number | null;
  /** Alerts that they know of: at the end those that are open, in the order of opening. At most `TOLD_MAX`. */
  alert_ids: string[];
}

/** Some 100 KB a person at the most. Nobody has as many open alerts, unless they see a very large site whole. */
export const TOLD_MAX = 5_000;
/** No two clocks of a site are so far apart: a mark that is further ahead was made by a clock that was wrong. */
const AHEAD_MS_MAX = 86_400_000;
/** A list that does not change is brought up again after this. */
const REMINDED_MS = 7 * 86_400_000 - 3_600_000;

/** What was kept, as far as its time can be. A time far ahead counts as long ago, or nothing would be told until then. */
export function believed(told: Told | null, now_ms: number): Told | null {
  return told !== null && told.sent_ms > now_ms + AHEAD_MS_MAX ? { ...told, sent_ms: 0 } : told;
}

export function newsIn({ open }: Standing, told: Told | null): OpenAlert[] {
  const knows = knowledgeOf(told);
  return open.filter((alert) => !knows(alert));
}

function knowledgeOf(told: Told | null): (alert: OpenAlert) => boolean {
  const known = new Set(told?.alert_ids);
  const up_to_ms = told?.opened_ms ?? Number.NEGATIVE_INFINITY;
  return ({ alert_id, opened_ms }) => known.has(alert_id) || opened_ms <= up_to_ms;
}

/** Nothing is sent where there is nothing to say. */
export function isDue(form: NoticeForm, standing: Standing, told: Told | null, now_ms: number): boolean {
  if (newsIn(standing, told).length > 0) return true;
  const quiet = told !== null && now_ms - told.sent_ms < REMINDED_MS;
  // Who asks for help is brought up each time until somebody has read it.
  return form === 'digest' && (standing.unread > 0 || (!quiet && standing.listed > 0));
}

/** After a message about these alerts of all that they see. Alerts that are not open to them now are forgotten first. */
export function toldAfter({ open }: Standing, told: Told | null, about: readonly OpenAlert[], sent_ms: number): Told {
  const knows = knowledgeOf(told);
  const heard = new Set(about.map(({ alert_id }) => alert_id));
  const known = open.filter((alert) => knows(alert) || heard.has(alert.alert_id)).sort(byOpening);
  const seen = new Set(open.map(({ alert_id }) => alert_id));
  const gone = (told?.alert_ids ?? []).filter((alert_id) => !seen.has(alert_id));
  const alert_ids = [...gone, ...known.map(({ alert_id }) => alert_id)].slice(-TOLD_MAX);
  return { sent_ms, opened_ms: known.at(-TOLD_MAX - 1)?.opened_ms ?? null, alert_ids };
}

/** The oldest first. */
export const byOpening = (a: OpenAlert, b: OpenAlert): number => a.opened_ms - b.opened_ms || (a.alert_id < b.alert_id ? -1 : 1);

/** Of what was said to whom by which way, and of nothing that a crash would change. */
export function noticeId(channel: string, user_id: number, about: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([channel, user_id, about]))
    .digest('hex')
    .slice(0, 32);
}
