/** How long a launch from Moodle lasts: while the store knows the role, and an hour where it knows none. */
import { beforeEach, expect, it } from '@jest/globals';
import { OPEN_VIEWER, type Viewer } from '../../src/access/viewer.js';
import { Launched, UNKNOWN_MS_MAX } from '../../src/app/launched.js';
import type { Enrolment } from '../../src/domain.js';

const SOON_MS = 30_000;
let now_ms: number;
let taught: Set<number>;
let state: Enrolment['state'] | null;
const roster = {
  coursesTaught: async () => taught,
  latelyOf: async ([user_id = 0]: number[]): Promise<Enrolment[]> =>
    state === null ? [] : [{ user_id, course_id: 2, state, reason: null, since_ms: null, enrolled_ms: null }],
};
const launched = new Launched(
  roster,
  () => now_ms,
  () => 0,
);
beforeEach(() => {
  now_ms = 1_000_000;
  taught = new Set();
  state = null;
});

const as = async (kind: Viewer['kind']) => {
  const renewed = await launched.renewal({ viewer: { ...OPEN_VIEWER, kind, user_id: 5 }, course_id: 2 });
  return async (after_ms: number) => {
    now_ms += after_ms;
    return (await renewed()) !== null;
  };
};

it('staff see the course until Moodle takes the role away, and half a minute more', async () => {
  taught = new Set([2]);
  const sees = await as('staff');
  expect(await sees(11 * 3_600_000)).toBe(true);
  taught = new Set([3]);
  expect(await sees(SOON_MS - 1)).toBe(true);
  expect(await sees(1)).toBe(false);
  expect(await sees(SOON_MS)).toBe(false);
});

it.each(['withdrawn', 'suspended', null] as const)('a student sees themselves until their enrolment is %s', async (then) => {
  state = 'active';
  const sees = await as('student');
  expect(await sees(11 * 3_600_000)).toBe(true);
  state = 'completed';
  expect(await sees(SOON_MS)).toBe(true);
  state = then;
  expect(await sees(SOON_MS)).toBe(false);
});

it.each(['staff', 'student'] as const)(
  '%s of whom the store knows no role have an hour, and longer once it does',
  async (kind) => {
    const short = await as(kind);
    expect(await short(UNKNOWN_MS_MAX - 1)).toBe(true);
    expect(await short(1)).toBe(false);

    const learnt = await as(kind);
    expect(await learnt(SOON_MS)).toBe(true);
    taught = new Set([2]);
    state = 'active';
    expect(await learnt(UNKNOWN_MS_MAX)).toBe(true);
    taught = new Set();
    state = null;
    expect(await learnt(SOON_MS)).toBe(false);
  },
);
