import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Activity, Change } from '../../src/domain.js';
import { assessmentsOf } from '../../src/moodle/assessments.js';
import { courseOf } from '../../src/moodle/courses.js';
import { interpret } from '../../src/moodle/interpret.js';
import { changesOf, Kept } from './kept.js';

let changes: Change[];
let kept: Kept;
let counted: Activity[];
let anonymous: number;
const not_counted: Record<string, number> = {};
const rejected: string[] = [];

beforeAll(() => {
  changes = changesOf('site-history');
  kept = Kept.of(changes);
  anonymous = changes.filter((change) => interpret(change, { count_anonymous: true }).activity !== null).length;
  counted = changes.flatMap((change) => {
    const found = interpret(change, { count_anonymous: false });
    if (found.rejected) rejected.push(`${change.at}: ${found.rejected.detail}`);
    if (found.not_counted) not_counted[found.not_counted] = (not_counted[found.not_counted] ?? 0) + 1;
    return found.activity ?? [];
  });
});

describe('the whole life of the site', () => {
  it("counts 11,571 of 13,495 log rows as people's own doing", () => {
    expect(rejected).toEqual([]);
    expect(counted).toHaveLength(11_571);
    expect(new Set(counted.map((a) => a.user_id)).size).toBe(193);
    expect(counted.filter((a) => a.course_id === null)).toHaveLength(3_018);
    expect(not_counted).toEqual({
      'origin cli': 1352,
      'guest or nobody': 527,
      'failed login': 23,
      'web service call': 12,
      anonymous: 8,
      'logged in as somebody else': 2,
    });
  });

  it('counts staff too: who is a student is nobody’s business here', () => {
    expect(counted.some((a) => a.user_id === 3)).toBe(true);
  });

  it('counts the anonymous answers where that is asked for', () => {
    expect(anonymous).toBe(11_579);
  });

  it('keeps times as they are, also where the clock stepped back', () => {
    const steps = counted.filter((a, i) => i > 0 && a.time_ms < counted[i - 1]!.time_ms);
    expect(steps.length).toBeGreaterThan(0);
    expect(Math.max(...counted.map((a) => a.time_ms))).toBe(1_795_294_933_000);
  });

  it('puts each into one of five groups', () => {
    const groups: Record<string, number> = {};
    for (const { group } of counted) groups[group] = (groups[group] ?? 0) + 1;
    expect(groups).toEqual({ navigation: 4814, content: 1702, social: 813, assessment: 3235, other: 1007 });
  });

  it('keeps nothing personal but the names of present accounts', () => {
    const events = JSON.stringify(kept.table('enrolment_events'));
    for (const personal of ['example.invalid', 's0016', 'Dent', '127.0.0.1']) expect(events).not.toContain(personal);
    const gone = kept.table('user').filter((user) => user.row.deleted === 1);
    expect(gone).toHaveLength(6);
    for (const user of gone) expect(user.row).toMatchObject({ firstname: null, lastname: null });
  });
});

describe('courses and what is to be handed in', () => {
  it('have their dates', () => {
    const course = kept.table('course').find((c) => c.id === 7)!;
    expect(courseOf(course)).toMatchObject({
      course_id: 7,
      shortname: 'COMP300',
      category: 1,
      start_ms: 1_790_553_600_000,
      end_ms: 1_799_024_400_000,
    });
    expect(courseOf({ ...course, row: { ...course.row, startdate: 0, enddate: null } })).toMatchObject({
      start_ms: null,
      end_ms: null,
    });
  });

  it('a student handed in at the first finished attempt', () => {
    const of = (course: number, user: number) =>
      assessmentsOf(
        {
          assigns: kept.table('assign').filter((a) => a.parent_id === course),
          quizzes: kept.table('quiz').filter((q) => q.parent_id === course),
          submissions: kept.table('assign_submission'),
          attempts: kept.table('quiz_attempts'),
          grade_items: kept.table('grade_items').filter((item) => item.parent_id === course),
          grades: kept.table('grade_grades'),
        },
        user,
      );
    const done = of(4, 24);
    expect(done[0]).toEqual({
      kind: 'assign',
      id: 1,
      due_ms: 1_788_739_200_000,
      submitted_ms: 1_788_166_802_000,
      mark: null,
    });
    expect(done.filter((a) => a.kind === 'quiz').length).toBeGreaterThan(0);
    expect(done.flatMap(({ mark }) => (mark ? [mark.percent] : [])).length).toBeGreaterThan(0);
    expect(of(4, 3).every((a) => a.submitted_ms === null)).toBe(true);
  });

  it('previews, drafts and deleted ones are left out', () => {
    const made = (row: Record<string, number | string | null>, deleted = false) => ({
      table: 'quiz' as const,
      id: 1,
      user_id: 10,
      parent_id: 1,
      deleted,
      row,
      source_ms: null,
      coordinate: null,
    });
    const attempt = { quiz: 1, state: 'finished', timefinish: 20, preview: 0 };
    const rows = {
      assigns: [made({ duedate: 0, cutoffdate: 50 })],
      quizzes: [made({ timeclose: 30 })],
      submissions: [made({ assignment: 1, status: 'draft', timemodified: 5 })],
      grade_items: [made({ itemtype: 'mod', itemmodule: 'quiz', iteminstance: 1, grademax: 20 })],
      grades: [made({ itemid: 1, finalgrade: 15, timemodified: 12 })],
    };
    const attempts = [
      made(attempt),
      made({ ...attempt, timefinish: 10 }),
      made({ ...attempt, timefinish: 5, preview: 1 }),
      made({ ...attempt, timefinish: 6, state: 'abandoned' }),
    ];
    expect(assessmentsOf({ ...rows, attempts }, 10)).toEqual([
      { kind: 'assign', id: 1, due_ms: 50_000, submitted_ms: null, mark: null },
      { kind: 'quiz', id: 1, due_ms: 30_000, submitted_ms: 10_000, mark: { percent: 75, set_ms: 12_000 } },
    ]);
    expect(assessmentsOf({ ...rows, quizzes: [made({}, true)], attempts }, 10)).toHaveLength(1);
  });
});
