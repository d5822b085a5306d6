/** The same students twice: from OULAD's files, and from a store that read them as Moodle's changes. One table of examples, one builder. */
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';
import { labelledData } from '../../src/app/course-histories.js';
import { type CourseHistory, TARGETS } from '../../src/domain.js';
import { examplesOf } from '../../src/training/examples.js';
import { NO_TICKS, openSite, replay, TempFolder } from '../journey/site.js';
import { needsServer } from '../servers/needed.js';

const SMALL = 'test/fixtures/oulad-small';
const temp = new TempFolder();
afterAll(() => temp.remove());

/** Nobody completes a course there, so who failed is not known of a store. */
const HEADS = TARGETS.filter((target) => target !== 'fail-or-withdraw');

/** `course/student/landmark`: the labels in the order of HEADS. */
function labels(courses: readonly CourseHistory[]): Map<string, number[]> {
  const examples = examplesOf(courses, HEADS);
  return new Map(
    examples.user_ids.map((user_id, row) => [
      `${examples.courses[row]!.replace(' ', '/')}/${user_id}/${examples.landmark_days[row]}`,
      HEADS.map((_, h) => examples.labels[row * HEADS.length + h]!),
    ]),
  );
}

const missing = spawnSync('python3', ['--version']).status === 0 ? null : 'python3 is not there';

needsServer('examples from a store', missing, () => {
  it('have the students, landmarks and labels of the files that its changes were made of', async () => {
    const { stdout } = await promisify(execFile)('python3', ['bench/oulad_as_moodle.py', SMALL], { maxBuffer: 1e9 });
    const file = temp.file('changes.ndjson');
    await writeFile(file, stdout);
    const { service, config } = await openSite({ ...NO_TICKS, HOLDFAST_STORE: `sqlite:${temp.file('site.db')}` });
    await replay(service, config, [file]);
    await service.close();
    const stored = labels((await labelledData('store', config)).courses);
    const read = labels((await labelledData(`oulad:${SMALL}`, config)).courses);
    expect(stored.size).toBeGreaterThan(300);
    expect([...stored]).toEqual([...read]);
    for (const [h, head] of HEADS.entries()) {
      const known = [...stored.values()].map((row) => row[h]!).filter((label) => !Number.isNaN(label));
      expect([head, known.includes(0), known.includes(1)]).toEqual([head, true, true]);
    }
  });
});
