/** A kept row of Moodle's course table as a course. */
import type { Course, ReferenceRow } from '../domain.js';
import { setTimeMs } from './values.js';

/** startdate 1786320000, enddate 0 → start_ms 1786320000000, end_ms null: Moodle writes 0 for "not set". */
export function courseOf({ id, row }: ReferenceRow): Course {
  return {
    course_id: id,
    shortname: typeof row.shortname === 'string' ? row.shortname : '',
    fullname: typeof row.fullname === 'string' ? row.fullname : '',
    category: typeof row.category === 'number' ? row.category : null,
    start_ms: setTimeMs(row.startdate),
    end_ms: setTimeMs(row.enddate),
  };
}
