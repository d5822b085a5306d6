/** What the tables are called, what their columns hold, and in what order rows come. */
import { ACTIVITY_GROUPS } from '../domain.js';

/**
 * How a value is written: `day` is YYYY-MM-DD, `json` a list or object (JSON text in a CSV cell), `identifier` a number or a text,
 * as the one who sent it has it.
 */
export type ColumnType = 'integer' | 'number' | 'boolean' | 'text' | 'json' | 'day' | 'identifier';
export type Value = number | string | boolean | null | object;
export type TableRow = Record<string, Value>;

export interface TableInfo {
  name: string;
  meaning: string;
  columns: { name: string; type: ColumnType; nullable: boolean }[];
  /** Key columns: rows come in ascending order of these. */
  key: string[];
}

const column = (name: string, type: ColumnType = 'integer', nullable = false) => ({ name, type, nullable });
const [user, course] = [column('user_id'), column('course_id')];
const session = [
  column('start_ms'),
  column('end_ms'),
  column('activities'),
  column('duration_s', 'number'),
  column('closed', 'boolean'),
];

export const TABLES: readonly TableInfo[] = [
  { name: 'sessions', meaning: 'Sessions of a user over all courses', key: ['user_id', 'start_ms'], columns: [user, ...session] },
  {
    name: 'course_sessions',
    meaning: 'Sessions of a user inside one course',
    key: ['user_id', 'course_id', 'start_ms'],
    columns: [user, course, ...session],
  },
  {
    name: 'user_activity',
    meaning: 'Activities (sum), duration (mean) and number of a user’s sessions',
    key: ['user_id'],
    columns: [user, column('activities'), column('duration_s', 'number'), column('sessions')],
  },
  {
    name: 'activity_days',
    meaning: 'What a user did in a course on one day of the site’s calendar',
    key: ['user_id', 'course_id', 'day'],
    columns: [
      user,
      course,
      column('day', 'day'),
      column('activities'),
      ...ACTIVITY_GROUPS.map((group) => column(group)),
      column('sessions'),
      column('duration_s', 'number'),
    ],
  },
  {
    name: 'cohort_ratios',
    meaning: 'A student’s day over the mean of the course’s students of that day',
    key: ['day', 'course_id', 'user_id'],
    columns: [
      column('day', 'day'),
      course,
      user,
      column('sessions_ratio', 'number', true),
      column('duration_ratio', 'number', true),
      column('activities_ratio', 'number', true),
    ],
  },
  {
    name: 'enrolments',
    meaning: 'Each student of each course, and in what state',
    key: ['user_id', 'course_id'],
    columns: [
      user,
      course,
      column('state', 'text'),
      column('reason', 'text', true),
      column('since_ms', 'integer', true),
      column('enrolled_ms', 'integer', true),
    ],
  },
  {
    name: 'scores',
    meaning: 'Scores of the schedule, kept as history',
    key: ['user_id', 'course_id', 'as_of_ms'],
    columns: [
      user,
      course,
      column('as_of_ms'),
      column('score', 'number'),
      column('early_score', 'number', true),
      column('band', 'text'),
      column('model_version', 'text'),
      column('cohort_version', 'text'),
      column('method', 'text'),
      column('reasons', 'json'),
    ],
  },
  {
    name: 'in_risk',
    meaning: 'The scores above the threshold',
    key: ['user_id', 'course_id', 'created_ms'],
    columns: [user, course, column('prediction', 'number'), column('created_ms')],
  },
  {
    name: 'alerts',
    meaning: 'Alerts in whatever state',
    key: ['alert_id'],
    columns: [
      column('alert_id', 'text'),
      user,
      course,
      column('state', 'text'),
      column('opened_ms'),
      column('score', 'number'),
      column('reasons', 'json'),
      column('assignee', 'text', true),
      column('muted_until_ms', 'integer', true),
      column('outcome', 'text', true),
      column('opened_by', 'text', true),
    ],
  },
  {
    name: 'early',
    meaning: 'The still-active students most likely to fall silent, as many as staff can call',
    key: ['course_id', 'rank'],
    columns: [
      course,
      column('rank'),
      user,
      column('early_score', 'number'),
      column('reasons', 'json'),
      column('last_active_ms', 'integer', true),
      column('as_of_ms'),
    ],
  },
  {
    name: 'rejected',
    meaning: 'Input that could not be used, and why',
    key: ['source', 'position', 'reason'],
    columns: [column('source', 'text'), column('position', 'text'), column('reason', 'text'), column('detail', 'text')],
  },
];
