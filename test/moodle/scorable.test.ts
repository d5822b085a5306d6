import { describe, expect, it } from '@jest/globals';
import type { Course, Enrolment } from '../../src/domain.js';
import { inScope } from '../../src/moodle/scope.js';
import { parseScope, scorability } from '../../src/moodle/scorable.js';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;
const everything = parseScope('');
const enrolment: Enrolment = {
  user_id: 10,
  course_id: 4,
  state: 'active',
  reason: null,
  since_ms: null,
  enrolled_ms: NOW - 30 * DAY,
};
const course: Course = {
  course_id: 4,
  shortname: 'STAT101',
  fullname: 'Statistics',
  category: 3,
  start_ms: NOW - 40 * DAY,
  end_ms: NOW + 40 * DAY,
};
const activity = { first_ms: NOW - 39 * DAY, last_ms: NOW - DAY };
const why = (e: Partial<Enrolment>, c: Partial<Course> = {}, a: typeof activity | null = activity, scope = everything) =>
  scorability({ ...enrolment, ...e }, { ...course, ...c }, a, scope, NOW);

describe('an enrolment is scored', () => {
  it('when it is active in a running course', () => expect(why({})).toBeNull());
  it('but not in any other state', () => expect(why({ state: 'suspended' })).toBe('not-active'));

  it('from seven days after the later of course start and enrolment', () => {
    expect(why({ enrolled_ms: NOW - 7 * DAY })).toBeNull();
    expect(why({ enrolled_ms: NOW - 7 * DAY + 1 })).toBe('too-little-data');
    expect(why({}, { start_ms: NOW - 6 * DAY })).toBe('too-little-data');
    expect(why({ enrolled_ms: null })).toBeNull();
  });

  it('not before the course begins, nor after it ends', () => {
    expect(why({}, { start_ms: NOW + 1 })).toBe('course-not-begun');
    expect(why({}, { end_ms: NOW })).toBeNull();
    expect(why({}, { end_ms: NOW - 1 })).toBe('course-ended');
  });

  it('in a course without a start from its first activity', () => {
    expect(why({}, { start_ms: null })).toBeNull();
    expect(why({}, { start_ms: null }, { ...activity, first_ms: NOW - 3 * DAY })).toBe('too-little-data');
    expect(why({}, { start_ms: null }, null)).toBe('course-not-begun');
  });

  it('in a course without an end while anybody was there in the last 28 days', () => {
    expect(why({}, { end_ms: null }, { ...activity, last_ms: NOW - 28 * DAY })).toBeNull();
    expect(why({}, { end_ms: null }, { ...activity, last_ms: NOW - 28 * DAY - 1 })).toBe('course-ended');
    expect(why({}, { end_ms: null }, null)).toBe('course-ended');
  });

  it('in the courses that the university chose', () => expect(why({}, {}, activity, parseScope('-4'))).toBe('out-of-scope'));
});

describe('the choice of courses', () => {
  it.each([
    ['', true],
    ['4', true],
    ['5', false],
    ['5, 4', true],
    ['STAT*', true],
    ['stat1?1', true],
    ['stat', false],
    ['*1*1', true],
    ['*', true],
    ['category:3', true],
    ['category:4', false],
    ['-category:3', false],
    ['-BIOL*', true],
    ['STAT*,-4', false],
    ['category:4,name:stat101', true],
  ])('%j takes in STAT101 (course 4, category 3): %s', (text, expected) =>
    expect(inScope(parseScope(text), course)).toBe(expected),
  );

  it('tells all its faults at once, by place', () => {
    expect(() => parseScope('12,,category:x,colour:red,-')).toThrow(
      /item 2 is empty; item 3 .*category.*; item 4 .*; item 5 is empty.*12,STAT\*,category:3,-99/,
    );
  });

  it('is quick on a pattern made to be slow', () => {
    expect(inScope(parseScope(`${'*a'.repeat(100)}*b`), { ...course, shortname: 'a'.repeat(255) })).toBe(false);
  });
});
