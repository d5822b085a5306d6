import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fieldsOf } from '../../../src/adapters/oulad/csv.js';
import { groupOf } from '../../../src/adapters/oulad/groups.js';
import { readOulad } from '../../../src/adapters/oulad/oulad.js';
import { ACTIVITY_GROUPS } from '../../../src/domain.js';

const SMALL = 'test/fixtures/oulad-small';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-oulad-'));
  await cp(SMALL, dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const edit = async (name: string, change: (text: string) => string) =>
  writeFile(join(dir, name), change(await readFile(join(dir, name), 'utf8')));

describe('the Open University data set', () => {
  it('is read whole: two presentations, forty students, every click', async () => {
    const courses = await readOulad(SMALL);
    expect(courses.map((c) => [c.name, c.known_until_day, c.learners.length])).toEqual([
      ['AAA/2013J', 268, 20],
      ['BBB/2013B', 240, 20],
    ]);
    const lines = gunzipSync(await readFile(join(SMALL, 'studentVle.csv.gz')))
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1);
    const clicks = lines.reduce((sum, line) => sum + Number(line.split(',').at(-1)), 0);
    const days = courses.flatMap((c) => c.learners.flatMap((l) => l.history.days));
    expect(days.reduce((sum, day) => sum + day.activities, 0)).toBe(clicks);
    for (const day of days) expect(ACTIVITY_GROUPS.reduce((sum, group) => sum + day[group], 0)).toBe(day.activities);
  });

  it('has registrations, withdrawals and results', async () => {
    const learners = (await readOulad(SMALL)).flatMap((c) => c.learners);
    const results = learners.map((l) => l.result);
    expect(['passed', 'failed', 'withdrawn'].map((r) => results.filter((x) => x === r).length)).toEqual([20, 8, 12]);
    for (const { left_day, result, history } of learners) {
      if (left_day !== null) expect(result).toBe('withdrawn');
      expect(history.sessions_known).toBe(false);
      expect(history.days.map((d) => d.day)).toEqual(history.days.map((d) => d.day).sort((a, b) => a - b));
    }
  });

  it('asks nobody again for what was carried over from an earlier course', async () => {
    const before = (await readOulad(dir))[0]!.learners;
    const [line] = (await readFile(join(dir, 'studentAssessment.csv'), 'utf8')).split('\n').slice(1);
    const student = Number(line!.split(',')[1]);
    await edit('studentAssessment.csv', (text) => text.replace(line!, line!.replace('False', 'True')));
    const after = (await readOulad(dir))[0]!.learners;
    const count = (list: typeof before) => list.find((l) => l.history.user_id === student)!.history.assessments!.length;
    expect(count(after)).toBe(count(before) - 1);
  });

  it('may be quoted, plain, and with Windows line ends, as the original archive has it', async () => {
    const plain = gunzipSync(await readFile(join(dir, 'studentVle.csv.gz'))).toString();
    await rm(join(dir, 'studentVle.csv.gz'));
    await writeFile(join(dir, 'studentVle.csv'), plain.replace(/[^,\n]+/g, '"$&"').replace(/\n/g, '\r\n'));
    expect(await readOulad(dir)).toEqual(await readOulad(SMALL));
  });

  it('names the file that is missing', async () => {
    await rm(join(dir, 'vle.csv'));
    await expect(readOulad(dir)).rejects.toThrow(/neither vle\.csv nor vle\.csv\.gz/);
  });

  it('names the column that is missing', async () => {
    await edit('studentRegistration.csv', (text) => text.replace('date_unregistration', 'left'));
    await expect(readOulad(dir)).rejects.toThrow(
      /studentRegistration\.csv, line 1: the header has no column 'date_unregistration'/,
    );
  });

  it('names the line that cannot be read', async () => {
    await edit('studentAssessment.csv', (text) => `${text}1752,abc,18,False,78\n`);
    await expect(readOulad(dir)).rejects.toThrow(/studentAssessment\.csv, line \d+: 'abc' is not a number/);
    await cp(join(SMALL, 'studentAssessment.csv'), join(dir, 'studentAssessment.csv'));
    await edit('studentInfo.csv', (text) => `${text}AAA,2013J,5\n`);
    await expect(readOulad(dir)).rejects.toThrow(/studentInfo\.csv, line \d+: there are 3 fields/);
  });

  it('sorts its activity types into the groups of a Moodle log', () => {
    expect(['homepage', 'oucontent', 'forumng', 'quiz', 'something-new'].map(groupOf)).toEqual([...ACTIVITY_GROUPS]);
    expect(fieldsOf('a,"b, ""c""",,d\r')).toEqual(['a', 'b, "c"', '', 'd']);
  });
});
