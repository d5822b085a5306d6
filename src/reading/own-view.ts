/** What a student sees of themselves: the facts that staff see in that course, and who acted on them. */
import type { Reason } from '../domain.js';
import type { Statement, StudentVoice } from '../pipeline/student-voice.js';
import type { ViewLog } from '../pipeline/view-log.js';
import type { DoneBy } from '../ports.js';
import type { ShownHandIn } from './handed-in.js';
import type { CourseName, Person, TimelineDay, Views } from './views.js';

export interface OwnView {
  person: Person;
  /** Null where Moodle has told nothing of this student in this course. */
  course: CourseName | null;
  state: string | null;
  last_active_ms: number | null;
  time_zone: string;
  now_ms: number | null;
  days: TimelineDay[];
  hand_ins: ShownHandIn[];
  /** Whether there is a score, of which students see the number only where the site shows it. */
  scored: boolean;
  not_scored: string | null;
  as_of_ms: number | null;
  score: { score: number; band: string } | null;
  /** As staff read them, with the figures for other languages; the strongest first. */
  reasons: Pick<Reason, 'feature' | 'value' | 'beside' | 'text'>[];
  /** The newest alert of the course. */
  alert: { state: string; opened_ms: number } | null;
  /** Who was shown something of theirs, worked on an alert or read a statement, newest first. */
  looked: (DoneBy & { at_ms: number; what: 'view' | 'alert' | 'statement' })[];
  statements: Statement[];
  opted_out: boolean;
  /** The institution opted them out, or they may not: no button then. */
  may_change_opt_out: boolean;
  scores_shown: boolean;
}

const VIEWS_SHOWN = 100;

export interface OwnViewSettings {
  scores: boolean;
  opt_out: boolean;
}

export async function ownView(
  views: Views,
  voice: StudentVoice,
  seen: Pick<ViewLog, 'of'>,
  { user_id, course_id }: { user_id: number; course_id: number },
  { scores, opt_out }: OwnViewSettings,
): Promise<OwnView> {
  const { opted_out, by_student } = await voice.hasOptedOut(user_id);
  const student = await views.student(user_id);
  const { time_zone, clock } = await views.summary();
  const enrolment = student?.enrolments.find((one) => one.course_id === course_id) ?? null;
  const alerts = student?.alerts.filter((one) => one.course_id === course_id) ?? [];
  const timeline = await views.timeline(user_id);
  const here = (one: { course_id: number }) => one.course_id === course_id;
  const statements = (await voice.statements(user_id)).filter((said) => said.course_id === course_id);
  const score = enrolment?.prediction?.score ?? null;
  return {
    person: student?.person ?? { user_id, name: null },
    course: enrolment?.course ?? null,
    state: enrolment?.state ?? null,
    last_active_ms: enrolment?.prediction?.last_active_ms ?? null,
    time_zone,
    now_ms: clock.now_ms,
    days: timeline?.days.filter(here) ?? [],
    hand_ins: timeline?.hand_ins.filter(here) ?? [],
    scored: score !== null,
    not_scored: enrolment?.prediction?.not_scored ?? null,
    as_of_ms: score?.as_of_ms ?? null,
    score: scores && score !== null ? { score: score.score, band: score.band } : null,
    reasons: score?.reasons.map(({ feature, value, beside, text }) => ({ feature, value, beside, text })) ?? [],
    alert: alerts[0] ? { state: alerts[0].state, opened_ms: alerts[0].opened_ms } : null,
    looked: await lookedAt(views, alerts, statements, await viewsOf(seen, user_id, course_id)),
    statements,
    opted_out,
    may_change_opt_out: opt_out && (!opted_out || by_student),
    scores_shown: scores,
  };
}

/** By people, in this course or in none in particular; the newest ones. */
async function viewsOf(seen: Pick<ViewLog, 'of'>, user_id: number, course_id: number): Promise<OwnView['looked']> {
  const views = await seen.of(user_id, { from_ms: 0, limit: VIEWS_SHOWN, by_others: { course_id } });
  return views.map(({ at_ms, viewer, by_user_id }) => ({ at_ms, by: viewer, by_user_id, what: 'view' as const }));
}

async function lookedAt(
  views: Views,
  alerts: { alert_id: string }[],
  statements: Statement[],
  by_view: OwnView['looked'],
): Promise<OwnView['looked']> {
  const read = statements.flatMap(({ seen }) => (seen ? [{ ...seen, what: 'statement' as const }] : []));
  const looked: OwnView['looked'] = [...by_view, ...read];
  for (const { alert_id } of alerts)
    for (const { at_ms, by, by_user_id } of (await views.alertEdits(alert_id)) ?? [])
      looked.push({ at_ms, by, by_user_id, what: 'alert' });
  return looked.sort((a, b) => b.at_ms - a.at_ms);
}
