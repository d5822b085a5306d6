/**
 * Scores the open enrolments as of a time: rows → features → scores → alerts. Nothing is written here; the pipeline commits.
 *
 * `tick`: the schedule. Features of complete days, a new cohort snapshot, scores kept as history, alerts moved on.
 * `past`: the same as of a past time, for `score --as-of`: only missing scores; alerts and predictions stay untouched.
 * `live`: the enrolments of some students now, as if today were over, against the last cohort snapshot.
 */
import { isUnresolved, onScore, written } from '../alerts/lifecycle.js';
import type { Alert, Cohort, Course, CurrentScore, Enrolment, EnrolmentHistory, NotScoredReason, Prediction } from '../domain.js';
import type { TeachingCalendar } from '../features/teaching-days.js';
import { baseFeatures, cohortOf, completeFeatures } from '../features/vector.js';
import { type CourseScope, scorability } from '../moodle/scorable.js';
import type { Commit, Page, Predictor, Store } from '../ports.js';
import { type Scorable, scoreBatch } from '../scoring/score.js';
import type { Calendar } from '../windows/calendar.js';
import { byCourse } from './by-course.js';
import type { Histories } from './histories.js';
import { paged } from './paged.js';
import type { Roster } from './roster.js';
import { type TickNotes, TickWatch, type WatchSettings } from './tick-watch.js';

export interface ScoringSettings extends WatchSettings {
  site: string;
  scope: CourseScope;
  /** Teaching breaks, which are no silence; absent or null = none. */
  teaching?: TeachingCalendar | null;
}

/** What a run did, for people. */
export interface ScoreRun {
  as_of_ms: number;
  scored: number;
  at_risk: number;
  opened: number;
  resolved: number;
  /** Active enrolments without a score, by reason. */
  not_scored: Record<string, number>;
}

export type RunMode = 'tick' | 'past' | 'live';

interface CourseFacts {
  course: Course;
  activity: { first_ms: number; last_ms: number } | null;
}

export class ScoringRun {
  constructor(
    private readonly store: Store,
    private readonly roster: Roster,
    private readonly histories: Histories,
    private readonly calendar: Calendar,
    private readonly settings: ScoringSettings,
    private readonly predictor: Predictor | null,
    private readonly watch: TickWatch = new TickWatch(store, settings, predictor, null),
    /** Between ticks: the latest one, whose word on the data holds. */
    private readonly last_tick_ms: number | null = null,
  ) {}

  /**
   * Course by course, so that memory holds one course's days at a time; what comes out is to be committed in this order. Alerts come
   * last: whether new ones are raised is known when all courses have been looked at.
   */
  async *run(
    mode: RunMode,
    as_of_ms: number,
    only?: { user_ids?: number[]; course_id?: number },
  ): AsyncIterable<{ commit: Commit; run: ScoreRun }> {
    const enrolments = only?.user_ids ? await this.roster.ofUsers(only.user_ids, as_of_ms) : await this.roster.all(as_of_ms);
    const facts = await this.#facts();
    const notes = mode === 'tick' ? this.watch.begin(as_of_ms) : null;
    const opted_out = await this.roster.optedOut();
    const scored: ScoredCourse[] = [];
    for (const [course_id, students] of byCourse(enrolments)) {
      if (only?.course_id !== undefined && only.course_id !== course_id) continue;
      const course = facts.get(course_id);
      if (!course) continue;
      const { commit, run, predictions } = await this.#scoreCourse(mode, as_of_ms, course, students, notes, opted_out);
      if (mode !== 'past') scored.push({ course_id, students, predictions });
      yield { commit, run };
    }
    const check = (await notes?.finish()) ?? null;
    const held = notes ? check?.held === true : await this.watch.isHeld(this.last_tick_ms);
    for (const course of scored) yield this.#alertsOf(as_of_ms, await this.#alerts(mode, course, held));
    if (check) yield { commit: { drift: check }, run: nothing(as_of_ms) };
    if (mode === 'tick') yield await this.#closeOrphans(as_of_ms, enrolments);
  }

  /** Alerts about enrolments that are no more, since the course was deleted: nobody can act on them. */
  async #closeOrphans(as_of_ms: number, enrolments: Enrolment[]) {
    const known = new Set(enrolments.map((e) => `${e.user_id}/${e.course_id}`));
    const open: Alert[] = [];
    for await (const alert of this.#everyAlert({ states: ['open', 'acknowledged'] }))
      if (!known.has(`${alert.user_id}/${alert.course_id}`)) open.push(alert);
    const alerts = open.map((alert) => written(alert, { state: 'resolved', outcome: 'not-active', closed_ms: as_of_ms }));
    return { commit: { alerts }, run: { ...nothing(as_of_ms), resolved: alerts.length } };
  }

  #alertsOf(as_of_ms: number, alerts: Alert[]) {
    const opened = alerts.filter((a) => a.revision === 1).length;
    const resolved = alerts.filter((a) => a.closed_ms === as_of_ms).length;
    return { commit: { alerts }, run: { ...nothing(as_of_ms), opened, resolved } };
  }

  async #scoreCourse(
    mode: RunMode,
    as_of_ms: number,
    facts: CourseFacts,
    students: Enrolment[],
    notes: TickNotes | null,
    opted_out: ReadonlySet<number>,
  ) {
    const { course, activity } = facts;
    const cutoff_day = this.calendar.day(as_of_ms) + (mode === 'live' ? 1 : 0);
    const why = new Map(students.map((e) => [e, scorability(e, course, activity, this.settings.scope, as_of_ms, opted_out)]));
    const open = students.filter((e) => why.get(e) === null);
    const teaching = this.settings.teaching?.of(course) ?? null;
    const teaching_day = teaching?.number(cutoff_day) ?? cutoff_day;
    const start_day = this.calendar.day(course.start_ms ?? activity?.first_ms ?? as_of_ms);
    const breaks_left_out = teaching !== null && teaching.breakDaysIn(start_day, cutoff_day) > 0;
    const vectors = (await this.#histories(mode, facts, open, cutoff_day)).map((read) => {
      const history = teaching?.history(read) ?? read;
      return { history, base: baseFeatures(history, teaching_day) };
    });
    const cohort =
      mode === 'live'
        ? await this.store.cohort(course.course_id, cutoff_day)
        : cohortOf(course.course_id, cutoff_day, vectors.map((v) => v.base)); // biome-ignore format: one idea
    const rows: Scorable[] = vectors.map(({ history, base }) => ({
      history,
      cutoff_day: teaching_day,
      features: completeFeatures(base, cohort),
      breaks_left_out,
    }));
    const scores = await scoreBatch(this.predictor, rows, { as_of_ms, cohort, threshold: this.settings.threshold });
    const predictions = await this.#predictions(as_of_ms, course.course_id, students, why, scores);
    const shadow_scores = (await notes?.course(course.course_id, rows, scores)) ?? [];
    const changed = await this.#changed(mode, course.course_id, predictions);
    return {
      commit: { ...this.#commit(mode, cohort, scores, changed), shadow_scores },
      run: summarise(as_of_ms, this.settings.threshold, scores, students, why),
      predictions,
    };
  }

  async #histories(
    mode: RunMode,
    { course, activity }: CourseFacts,
    open: Enrolment[],
    cutoff_day: number,
  ): Promise<EnrolmentHistory[]> {
    const first_ms = activity?.first_ms ?? null;
    if (mode !== 'live') return open.length === 0 ? [] : this.histories.read(course, first_ms, open, cutoff_day);
    const read: EnrolmentHistory[] = [];
    for (const enrolment of open) read.push(...(await this.histories.read(course, first_ms, [enrolment], cutoff_day)));
    return read;
  }

  async #predictions(
    as_of_ms: number,
    course_id: number,
    students: Enrolment[],
    why: Map<Enrolment, NotScoredReason | null>,
    scores: CurrentScore[],
  ): Promise<Prediction[]> {
    const scored = new Map(scores.map((s) => [s.user_id, s]));
    const last = new Map((await this.store.lastActive(course_id, as_of_ms + 1)).map((l) => [l.user_id, l.last_ms]));
    return students.map((e) => ({
      user_id: e.user_id,
      course_id,
      as_of_ms,
      score: scored.get(e.user_id) ?? null,
      not_scored: why.get(e) ?? null,
      last_active_ms: last.get(e.user_id) ?? null,
    }));
  }

  /** Those who have no score, and had none for the same reason before, are not written again at every tick. */
  async #changed(mode: RunMode, course_id: number, predictions: Prediction[]): Promise<Prediction[]> {
    const before = mode === 'past' ? new Map<number, Prediction>() : await this.#latestPredictions(course_id);
    return predictions.filter((p) => p.score !== null || before.get(p.user_id)?.not_scored !== p.not_scored);
  }

  async #latestPredictions(course_id: number): Promise<Map<number, Prediction>> {
    const latest = new Map<number, Prediction>();
    const stored = paged(
      (page: Page<[number, number]>) => this.store.predictions({ course_id }, page),
      ({ user_id }): [number, number] => [user_id, course_id],
    );
    for await (const prediction of stored) latest.set(prediction.user_id, prediction);
    return latest;
  }

  /** `held`: nothing new, and what is there ends only where the student left. */
  async #alerts(mode: RunMode, { course_id, students, predictions }: ScoredCourse, held: boolean): Promise<Alert[]> {
    const current = await this.#latestAlerts(course_id);
    const byUser = new Map(predictions.map((p) => [p.user_id, p]));
    const { threshold, site } = this.settings;
    return students.flatMap((enrolment) => {
      const prediction = byUser.get(enrolment.user_id);
      const last = current.get(enrolment.user_id) ?? null;
      if (!prediction || (held && (last === null || !isUnresolved(last)))) return [];
      const alert = onScore({
        current: last,
        prediction,
        state: enrolment.state,
        threshold,
        tick: mode === 'tick' && !held,
        site,
      });
      return alert ? [alert] : [];
    });
  }

  /** Of each student the alert opened last, whatever its state. */
  async #latestAlerts(course_id: number): Promise<Map<number, Alert>> {
    const latest = new Map<number, Alert>();
    for await (const alert of this.#everyAlert({ course_id })) {
      const known = latest.get(alert.user_id);
      if (known === undefined || known.opened_ms < alert.opened_ms) latest.set(alert.user_id, alert);
    }
    return latest;
  }

  #everyAlert(filter: { course_id?: number; states?: Alert['state'][] }): AsyncGenerator<Alert> {
    return paged(
      (page: Page<string>) => this.store.alerts(filter, page),
      ({ alert_id }) => alert_id,
    );
  }

  #commit(mode: RunMode, cohort: Cohort | null, latest: CurrentScore[], predictions: Prediction[]): Commit {
    if (mode === 'live') return { predictions };
    const scores = latest.map(({ early_reasons: _, ...score }) => score);
    const cohorts = cohort && scores.length > 0 ? [cohort] : [];
    return mode === 'past' ? { cohorts, scores } : { cohorts, scores, predictions };
  }

  async #facts(): Promise<Map<number, CourseFacts>> {
    const activity = new Map((await this.store.courseActivity()).map((a) => [a.course_id, a]));
    return new Map(
      (await this.roster.courses()).map((course) => [
        course.course_id,
        { course, activity: activity.get(course.course_id) ?? null },
      ]),
    );
  }
}

/** What alerts are made from once all courses are scored. */
interface ScoredCourse {
  course_id: number;
  students: Enrolment[];
  predictions: Prediction[];
}

const nothing = (as_of_ms: number): ScoreRun => {
  return { as_of_ms, scored: 0, at_risk: 0, opened: 0, resolved: 0, not_scored: {} };
};

function summarise(
  as_of_ms: number,
  threshold: number,
  scores: CurrentScore[],
  students: Enrolment[],
  why: Map<Enrolment, NotScoredReason | null>,
): ScoreRun {
  const not_scored: Record<string, number> = {};
  for (const e of students) {
    const reason = e.state === 'active' ? why.get(e) : null;
    if (reason) not_scored[reason] = (not_scored[reason] ?? 0) + 1;
  }
  const at_risk = scores.filter((s) => s.score > threshold).length;
  return { ...nothing(as_of_ms), scored: scores.length, at_risk, not_scored };
}
