import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ouladData } from '../../src/app/course-histories.js';
import { evaluateRun } from '../../src/app/evaluate-run.js';
import type { Evaluation } from '../../src/training/evaluate.js';
import { fairnessOf } from '../../src/training/fairness.js';
import { reliabilityOf } from '../../src/training/reliability.js';
import { reportPage } from '../../src/training/report-page.js';
import { championFolder } from './shipped.js';

describe('the reliability of scores', () => {
  it('counts what came in each tenth, the last one with its end', () => {
    expect(reliabilityOf([0.05, 0.09, 0.95, 1], [0, 1, 1, 1])).toEqual([
      { from: 0, to: 0.1, rows: 2, positives: 1, mean_predicted: 0.07 },
      { from: 0.9, to: 1, rows: 2, positives: 2, mean_predicted: 0.975 },
    ]);
  });
});

describe('the figures of groups', () => {
  /** 100 enrolments of each group at one landmark; half positive. Scores know the label, except those of the group B. */
  const rows = Array.from({ length: 200 }, (_, i) => {
    const label = (i % 2) as 0 | 1;
    return { user_id: i, course_id: 'BIO', score: i < 100 ? 0.1 + 0.8 * label : 0.1 + 0.8 * ((i >> 1) % 2), label };
  });
  const groups = new Map(rows.map(({ user_id }) => [`${user_id}|BIO`, { letter: user_id < 100 ? 'A' : 'B' }]));

  it('show a model that serves one of them worse', () => {
    const [a, b] = fairnessOf(rows, groups).slices;
    expect(a).toMatchObject({ attribute: 'letter', value: 'A', enrolments: 100, base_rate: 0.5, auc: 1, missed: 0 });
    expect(b!.auc).toBeCloseTo(0.5, 1);
    expect(b!.missed).toBeCloseTo(0.5, 1);
    expect(b!.ece).toBeGreaterThan(a!.ece + 0.2);
  });

  it('leave small groups out, and say so', () => {
    const few = new Map([...groups].map(([key, value], i) => [key, i < 160 ? value : { letter: 'C' }]));
    const { slices, left_out } = fairnessOf(rows, few);
    expect(slices.map(({ value }) => value)).toEqual(['A', 'B']);
    expect(left_out).toEqual(['letter C']);
  });
});

describe('the page of an evaluation', () => {
  let dir: string;
  let page: string;
  let evaluation: Evaluation;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-report-'));
    const reportFile = join(dir, 'report.html');
    const data = await ouladData('test/fixtures/oulad-small');
    evaluation = await evaluateRun({ data, modelDir: await championFolder(), target: 'silent-28', reportFile });
    page = await readFile(reportFile, 'utf8');
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('has each part, and stands alone', () => {
    for (const part of [
      'In short',
      'Against what anybody would use instead',
      'By week',
      'How sure these figures are',
      'Reliability',
      'Groups of people',
      'Read this with care',
    ])
      expect(page).toContain(`<h2>${part}</h2>`);
    expect(page).not.toMatch(/<script|https?:|NaN|undefined/);
    expect(page.match(/<svg/g)).toHaveLength(2);
  });

  it('names nobody', () => {
    for (const { user_id } of evaluation.rows) expect(page).not.toContain(String(user_id));
  });

  it('shows a name from outside as text', () => {
    expect(reportPage(evaluation, '<img src=x>')).not.toContain('<img');
  });
});
