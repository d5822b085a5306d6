/** Features of where the student stands in the course: calendar, how they began, what was due and what was handed in. */
import { enrolmentFeatures } from './activity-features.js';
import type { Facts, HandIns } from './facts.js';

const orNaN = (value: number | null): number => value ?? NaN;

/** Share of the course's days that are over: 0 on its first day, 1 at its end. Missing for a course without dates. */
function courseProgress({ history, cutoff_day }: Facts): number {
  const start = orNaN(history.course_start_day);
  const end = orNaN(history.course_end_day);
  return end > start ? (cutoff_day - start) / (end - start) : NaN;
}

export const CALENDAR_FEATURES = enrolmentFeatures([
  {
    name: 'weeks_since_enrolment',
    unit: 'weeks',
    low: 0,
    high: 60,
    meaning: 'weeks since the enrolment',
    scale: 'log',
    idea: 'start',
    compute: ({ history, cutoff_day }) => (cutoff_day - orNaN(history.enrolled_day)) / 7,
  },
  {
    name: 'weeks_since_start',
    unit: 'weeks',
    low: 0,
    high: 30,
    meaning: 'weeks since the course began',
    idea: 'calendar',
    compute: ({ history, cutoff_day }) => (cutoff_day - orNaN(history.course_start_day)) / 7,
  },
  {
    name: 'course_progress',
    unit: 'share',
    low: 0,
    high: 1,
    meaning: 'share of the course that is over',
    idea: 'calendar',
    compute: courseProgress,
  },
  {
    name: 'active_days_before_start',
    unit: 'days',
    low: 0,
    high: 60,
    meaning: 'days with activity before the course began',
    scale: 'log',
    idea: 'start',
    compute: ({ active, history }) =>
      history.course_start_day === null ? NaN : active.filter((day) => day < history.course_start_day!).length,
  },
  {
    name: 'enrolled_before_start_days',
    unit: 'days',
    low: -180,
    high: 365,
    meaning: 'days from the enrolment to the course start; negative for a late enrolment',
    scale: 'log',
    idea: 'start',
    compute: ({ history }) => orNaN(history.course_start_day) - orNaN(history.enrolled_day),
  },
]);

/** Missing, not zero, where the source knows of no assessments. */
const of =
  (compute: (hand_ins: HandIns) => number) =>
  ({ hand_ins }: Facts): number =>
    hand_ins === null ? NaN : compute(hand_ins);

/** Two courses in three have fewer assessments than this in all; a course of daily quizzes is clamped. */
const ASSESSMENTS_MAX = 50;

const counted = (name: keyof HandIns, meaning: string, idea: 'hand-ins' | 'calendar' | 'timing' | 'ahead', ranked = false) => ({
  name,
  unit: 'assessments' as const,
  low: 0,
  high: ASSESSMENTS_MAX,
  meaning,
  scale: 'log' as const,
  idea,
  ranked,
  compute: of((sum) => sum[name]),
});

export const HAND_IN_FEATURES = enrolmentFeatures([
  counted('due_28', 'assessments due in the last 28 days', 'calendar'),
  counted('handed_in_28', 'hand-ins in the last 28 days', 'hand-ins', true),
  counted('not_handed_in_28', 'due in the last 28 days and not handed in', 'hand-ins', true),
  counted('late_28', 'due in the last 28 days and handed in after the due day', 'timing'),
  counted('due_all', 'assessments due so far', 'calendar'),
  counted('not_handed_in_all', 'due so far and not handed in', 'hand-ins', true),
  counted('late_all', 'due so far and handed in after the due day', 'timing'),
  {
    name: 'handed_in_share',
    unit: 'share',
    low: 0,
    high: 1,
    meaning: 'share of what was due so far that was handed in',
    idea: 'hand-ins',
    ranked: true,
    compute: of((sum) => (sum.due_all === 0 ? NaN : sum.handed_in_of_due / sum.due_all)),
  },
  {
    name: 'days_since_hand_in',
    unit: 'days',
    low: 0,
    high: 365,
    meaning: 'complete days since the latest hand-in',
    scale: 'log',
    idea: 'hand-ins',
    ranked: true,
    compute: of((sum) => sum.days_since),
  },
  {
    name: 'days_to_next_due',
    unit: 'days',
    low: 0,
    high: 120,
    meaning: 'days to the next due day of something not yet handed in',
    scale: 'log',
    idea: 'ahead',
    compute: of((sum) => sum.days_to_next_due),
  },
  counted('due_next_28', 'due in the next 28 days and not yet handed in', 'ahead'),
  {
    name: 'hand_in_margin_days',
    unit: 'days',
    low: -60,
    high: 60,
    meaning: 'mean days between hand-in and due day; negative when late',
    scale: 'log',
    idea: 'timing',
    ranked: true,
    compute: of((sum) => sum.margin_days),
  },
]);
