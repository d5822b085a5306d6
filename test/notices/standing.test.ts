/** What is news to somebody, and when they are told. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  believed,
  isDue,
  newsIn,
  noticeId,
  type OpenAlert,
  type Standing,
  TOLD_MAX,
  type Told,
  toldAfter,
} from '../../src/notices/standing.js';

const DAY_MS = 86_400_000;
const alert = (alert_id: string, opened_ms: number): OpenAlert => ({
  alert_id,
  opened_ms,
  user_id: 7,
  name: null,
  course: 'BIO101',
  score: 0.9,
});
const standing = (open: OpenAlert[], listed = 0, unread = 0): Standing => ({ open, listed, unread });
const ids = (alerts: readonly OpenAlert[]) => alerts.map(({ alert_id }) => alert_id);
/** One message about all that is news. */
const tell = (open: OpenAlert[], told: Told | null, sent_ms: number) =>
  toldAfter(standing(open), told, newsIn(standing(open), told), sent_ms);

describe('an alert', () => {
  it('is news once to each person, as soon as they may see it, whatever is open between, in whatever order it is listed', () => {
    // Scorings one after another: each opens some alerts at its instant, people take some, and what this person sees becomes more or less.
    const scorings = fc.array(
      fc.record({
        opened: fc.integer({ min: 0, max: 4 }),
        taken: fc.integer({ min: 0, max: 3 }),
        sees: fc.integer({ min: 1, max: 3 }),
        told: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(scorings, fc.integer(), (rounds, seed) => {
        let open: OpenAlert[] = [];
        let told: Told | null = null;
        let made = 0;
        const heard: string[] = [];
        const taken_unheard = new Set<string>();
        for (const [i, round] of rounds.entries()) {
          for (let n = 0; n < round.opened; n++) open.push(alert(`a${++made}`, i * DAY_MS));
          for (const { alert_id } of open.slice(0, round.taken)) if (!heard.includes(alert_id)) taken_unheard.add(alert_id);
          open = open.slice(round.taken);
          if (!round.told) continue;
          if (seed % 2) open.reverse();
          // One course in three, two, or all of them.
          const seen = open.filter(({ alert_id }) => Number(alert_id.slice(1)) % 3 < round.sees);
          heard.push(...ids(newsIn(standing(seen), told)));
          told = tell(seen, told, i);
        }
        heard.push(...ids(newsIn(standing(open), told)));
        expect(new Set(heard).size).toBe(heard.length);
        expect(new Set([...heard, ...taken_unheard]).size).toBe(made);
      }),
    );
  });

  it('that opened in the same scoring, but was committed later, is news all the same', () => {
    const told = tell([alert('a', 5)], null, 0);
    expect(ids(newsIn(standing([alert('a', 5), alert('b', 5)]), told))).toEqual(['b']);
    const then = tell([alert('b', 5)], told, 1);
    expect(newsIn(standing([alert('a', 5), alert('b', 5)]), then)).toEqual([]);
  });

  it('is no news again where more are open than are remembered one by one, and what opens then is', () => {
    const many = Array.from({ length: TOLD_MAX + 3 }, (_, i) => alert(`a${i}`, i));
    const told = tell(many, null, 0);
    expect(told.alert_ids).toHaveLength(TOLD_MAX);
    expect(newsIn(standing(many), told)).toEqual([]);
    expect(ids(newsIn(standing([...many, alert('b', TOLD_MAX + 3)]), told))).toEqual(['b']);
    // Fewer than that are remembered by themselves again.
    expect(tell(many.slice(5), told, 1)).toMatchObject({ opened_ms: null });
  });
});

describe('a notice', () => {
  const told: Told = { sent_ms: 0, opened_ms: 5, alert_ids: ['a'] };

  it('is due with news, in every form', () => {
    for (const form of ['digest', 'immediate', 'original'] as const) {
      expect(isDue(form, standing([alert('b', 6)]), told, 1)).toBe(true);
      expect(isDue(form, standing([alert('a', 5)]), told, 1)).toBe(false);
      expect(isDue(form, standing([]), null, 1)).toBe(false);
    }
  });

  it('brings up a list that is not empty, as a digest, the first time and after a week', () => {
    expect(isDue('digest', standing([], 3), null, 0)).toBe(true);
    expect(isDue('digest', standing([], 3), told, DAY_MS)).toBe(false);
    expect(isDue('digest', standing([], 3), told, 7 * DAY_MS)).toBe(true);
    expect(isDue('digest', standing([], 0), told, 7 * DAY_MS)).toBe(false);
    expect(isDue('immediate', standing([], 3), told, 7 * DAY_MS)).toBe(false);
  });

  it('that was kept by a clock far ahead of now counts as long ago', () => {
    const ahead: Told = { ...told, sent_ms: 400 * DAY_MS };
    expect(believed(ahead, 0)).toEqual({ ...ahead, sent_ms: 0 });
    expect(believed(ahead, 399.5 * DAY_MS)).toEqual(ahead);
    expect(believed(null, 0)).toBeNull();
  });

  it('comes as a digest each day while a student waits to be read', () => {
    expect(isDue('digest', standing([], 0, 1), told, DAY_MS)).toBe(true);
    expect(isDue('immediate', standing([], 0, 1), told, DAY_MS)).toBe(false);
  });

  it('has an id of what is said to whom by which way', () => {
    const notices = [
      noticeId('mail', 5, ['a']),
      noticeId('mail', 6, ['a']),
      noticeId('moodle-message', 5, ['a']),
      noticeId('mail', 5, ['b']),
    ];
    expect(new Set(notices).size).toBe(4);
    expect(noticeId('mail', 5, ['a'])).toBe(notices[0]);
  });
});
