/** Who is on a list when, in a replayed term: by the rules of alerts, by places, and by nothing but silence. */
import type { Alert, EnrolmentState, Prediction } from '../domain.js';
import { EARLY_SHARE, earlyList } from '../scoring/early.js';
import type { ReplayedCourse, ReplayedStudent, ReplayedTick } from './replay.js';

const DAY_MS = 86_400_000;

export interface ListedTick {
  day: number;
  /** Places in the course's learners, ascending. */
  listed: number[];
  /** Of these, those who came on now: a call each. */
  fresh: number[];
}

/** The rules of alerts, given by the wiring: `onScore` and `onPerson` of a live site, so that both do the same. */
export interface AlertRules {
  onScore(input: {
    current: Alert | null;
    prediction: Prediction;
    state: EnrolmentState;
    threshold: number;
    tick: boolean;
    site: string;
  }): Alert | null;
  /** Staff has talked with the student: the alert as it is then. */
  onContact(alert: Alert, now_ms: number): Alert;
  isUnresolved(alert: Alert): boolean;
}

/** Per week and course: a share of those who are asked about, rounded up, or a number. */
export type Capacity = { share: number } | { calls: number };

/** As the rules want it told. Reasons, bands and versions play no part in them. */
const predictionOf = (course_id: number, { user_id, score }: ReplayedStudent, day: number): Prediction => ({
  user_id,
  course_id,
  as_of_ms: day * DAY_MS,
  score:
    score === null
      ? null
      : {
          user_id,
          course_id,
          as_of_ms: day * DAY_MS,
          score,
          early_score: score,
          band: 'low',
          model_version: '',
          cohort_version: '',
          method: 'model',
          reasons: [],
        },
  not_scored: null,
  last_active_ms: null,
});

/**
 * Alerts above `threshold`. `contact_after_days` null: nobody touches one, so it ends where the student comes back, leaves, or after
 * 28 days. Else staff talks with the student so many days after it opened, at the first tick from then on.
 */
export function alertListing(
  { course, ticks }: ReplayedCourse,
  threshold: number,
  rules: AlertRules,
  contact_after_days: number | null = null,
): ListedTick[] {
  const current = new Map<number, Alert>();
  return ticks.map(({ day, students }) => {
    const as_of_ms = day * DAY_MS;
    if (contact_after_days !== null) contactDue(current, rules, as_of_ms, contact_after_days * DAY_MS);
    const fresh: number[] = [];
    const here = new Set<number>();
    const tell = (learner: number, prediction: Prediction, state: EnrolmentState) => {
      const input = { current: current.get(learner) ?? null, prediction, state, threshold, tick: true, site: 'replay' };
      const next = rules.onScore(input);
      if (next === null) return;
      if (next.revision === 1) fresh.push(learner);
      current.set(learner, next);
    };
    for (const student of students) {
      here.add(student.learner);
      tell(student.learner, predictionOf(course.course_id, student, day), 'active');
    }
    for (const [learner, alert] of current) {
      if (here.has(learner) || !rules.isUnresolved(alert)) continue;
      const gone = { learner, user_id: alert.user_id, score: null, early_score: null, silent_days: 0 };
      tell(learner, { ...predictionOf(course.course_id, gone, day), not_scored: 'not-active' }, 'withdrawn');
    }
    const listed = [...current].filter(([, alert]) => rules.isUnresolved(alert)).map(([learner]) => learner);
    return { day, listed: listed.sort((a, b) => a - b), fresh };
  });
}

function contactDue(current: Map<number, Alert>, rules: AlertRules, now_ms: number, after_ms: number): void {
  for (const [learner, alert] of current) {
    if (rules.isUnresolved(alert) && now_ms - alert.opened_ms >= after_ms) current.set(learner, rules.onContact(alert, now_ms));
  }
}

/** How many of `asked` students there is room for. */
export function placesOf(capacity: Capacity, asked: number): number {
  // Less a billionth, as the early list rounds.
  return 'calls' in capacity ? capacity.calls : Math.ceil(asked * capacity.share - 1e-9);
}

/** Weekly, the most at risk by `score`: the early list's own rule. */
export function capacityListing({ course, ticks }: ReplayedCourse, capacity: Capacity): ListedTick[] {
  return weeklyListing(ticks, (tick) => {
    const asked = tick.students.filter(({ score }) => score !== null);
    const places = new Map(asked.map(({ user_id, learner }) => [user_id, learner]));
    const predictions = asked.map((student) => predictionOf(course.course_id, student, tick.day));
    return earlyList(predictions, placesOf(capacity, asked.length)).map(({ user_id }) => places.get(user_id)!);
  });
}

/** The early list as a live site makes it: `calls` null is its default share of those still active. */
export function earlyListing(replayed: ReplayedCourse, calls: number | null): ListedTick[] {
  const ticks = replayed.ticks.map((tick) => ({
    ...tick,
    students: tick.students.map((student) => ({ ...student, score: student.early_score })),
  }));
  return capacityListing({ ...replayed, ticks }, calls === null ? { share: EARLY_SHARE } : { calls });
}

/** As many places as `like` has on each of its days, for those silent longest: what a list needs no model for. */
export function silentFirst({ ticks }: ReplayedCourse, like: readonly ListedTick[], still_active: boolean): ListedTick[] {
  const places = new Map(like.map(({ day, listed }) => [day, listed.length]));
  return freshened(
    ticks
      .filter(({ day }) => places.has(day))
      .map(({ day, students }) => {
        const asked = students.filter(({ early_score }) => !still_active || early_score !== null);
        const longest = asked.sort((a, b) => b.silent_days - a.silent_days || a.user_id - b.user_id);
        return { day, listed: longest.slice(0, places.get(day)).map(({ learner }) => learner) };
      }),
  );
}

function weeklyListing(ticks: readonly ReplayedTick[], listOf: (tick: ReplayedTick) => number[]): ListedTick[] {
  return freshened(ticks.filter(({ weekly }) => weekly).map((tick) => ({ day: tick.day, listed: listOf(tick) })));
}

/** A call: on the list, and not on the one before. */
function freshened(lists: readonly { day: number; listed: number[] }[]): ListedTick[] {
  return lists.map(({ day, listed }, i) => {
    const before = new Set(lists[i - 1]?.listed);
    const sorted = [...listed].sort((a, b) => a - b);
    return { day, listed: sorted, fresh: sorted.filter((learner) => !before.has(learner)) };
  });
}
