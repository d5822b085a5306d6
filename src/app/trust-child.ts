/** The process that looks up how far the scores have proved themselves: it reads whole courses. */
import type { CourseStanding } from '../ports.js';
import { runAsChild } from './child-run.js';
import { trustRun } from './trust-run.js';

export interface TrustWord {
  kind: 'done';
  standings: CourseStanding[];
}

runAsChild<object, TrustWord>(async (config) => {
  const { courses } = await trustRun(config);
  return { kind: 'done', standings: courses.map(({ course: _, ...standing }) => standing) };
});
