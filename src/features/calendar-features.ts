/** Features of where the student stands in the course, and how they began. */
import { enrolmentFeatures } from './definition.js';
import type { Facts } from './facts.js';

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
    name: 'weeks_to_end',
    unit: 'weeks',
    low: -10,
    high: 60,
    meaning: 'weeks to the end of the course',
    idea: 'calendar',
    compute: ({ history, cutoff_day }) => (orNaN(history.course_end_day) - cutoff_day) / 7,
  },
  {
    name: 'activities_before_start',
    unit: 'activities',
    low: 0,
    high: 20_000,
    meaning: 'activities before the course began',
    scale: 'log',
    idea: 'start',
    compute: ({ activities_before_start, history }) => (history.course_start_day === null ? NaN : activities_before_start),
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
