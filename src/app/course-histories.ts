/** Where labelled data comes from: `--from` of retrain, `--data` of evaluate, simulate-threshold and backtest. */
import { basename, resolve } from 'node:path';
import { OULAD_ATTRIBUTION, readOulad } from '../adapters/oulad/oulad.js';
import { readPeopleGroups } from '../adapters/oulad/people-groups.js';
import type { CourseHistory } from '../domain.js';
import type { PeopleGroups } from '../training/fairness.js';

export interface LabelledData {
  courses: CourseHistory[];
  /** What the data is called in a manifest: `oulad-2013 (AAA/2013J, BBB/2013B)`. */
  name: string;
  /** The part of `name` that a version may begin with. */
  short_name: string;
  /** What must be said where the data or a model from it is passed on; empty for a site's own. */
  attribution: string;
  /** What is true of every model from this data. */
  limits: readonly string[];
  /** Gender, age band and disability by enrolment, for the fairness of an evaluation only; absent where the source knows none. */
  peopleGroups?: () => Promise<PeopleGroups>;
}

const OULAD_LIMITS = [
  'Learnt from distance courses of one university; another site differs. Its own finished courses teach better once there are enough.',
  'The data knows days, not times: session features are computed but not read by this model.',
];

/** Throws where `source` is none that is known; its message lists those that are. */
export async function labelledData(source: string): Promise<LabelledData> {
  const dir = /^oulad:(.+)$/.exec(source)?.[1];
  if (dir === undefined) throw new Error(`${source} is no source of labelled data; oulad:DIR is.`);
  const short_name = basename(resolve(dir)).replace(/[^\w.-]/g, '-');
  const courses = await readOulad(dir);
  return {
    courses,
    name: `${short_name} (${courses.map((course) => course.name).join(', ')})`,
    short_name,
    attribution: OULAD_ATTRIBUTION,
    limits: OULAD_LIMITS,
    peopleGroups: () => readPeopleGroups(dir),
  };
}
