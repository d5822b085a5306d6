/** Where labelled data comes from: `--from` of retrain, `--data` of evaluate, simulate-threshold and backtest. */
import { basename, resolve } from 'node:path';
import { OULAD_ATTRIBUTION, readOulad } from '../adapters/oulad/oulad.js';
import { readPeopleGroups } from '../adapters/oulad/people-groups.js';
import type { Config } from '../config.js';
import type { CourseHistory } from '../domain.js';
import type { Hindsight } from '../pipeline/hindsight.js';
import type { PeopleGroups } from '../training/fairness.js';
import { hindsightOfMoodle, hindsightOfStore } from './hindsight-run.js';
import { SOURCES } from './labelled-sources.js';

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
  /** What was left out and why, for the person who asked; also among the limits of a model. */
  left_out: readonly string[];
  /** Gender, age band and disability by enrolment, for the fairness of an evaluation only; absent where the source knows none. */
  peopleGroups?: () => Promise<PeopleGroups>;
}

const OULAD_LIMITS = [
  'Learnt from distance courses of one university; another site differs. Its own finished courses teach better once there are enough.',
  'The data knows days, not times: session features are computed but not read by this model.',
];
const SITE_LIMITS = [
  'Learnt from what this site keeps of its courses: the time of a hand-in, a mark or an enrolment moves where it was edited later.',
  'Passed means completed in Moodle; where nobody completes a course, who failed it is not known.',
];
/** More names than these are a number. */
const NAMES_MAX = 5;

/** Throws where `source` is none that is known; its message lists those that are. */
export async function labelledData(
  source: string,
  config: Config,
  onLine: (line: string) => void = () => {},
): Promise<LabelledData> {
  const dir = /^oulad:(.+)$/.exec(source)?.[1];
  if (dir !== undefined) return ouladData(dir);
  if (source === 'store') return siteData(await hindsightOfStore(config), config, 'store');
  if (source === 'moodle') return siteData(await hindsightOfMoodle(config, onLine), config, 'moodle');
  throw new Error(`${source} is no source of labelled data. There are: ${SOURCES}.`);
}

export async function ouladData(dir: string): Promise<LabelledData> {
  const short_name = basename(resolve(dir)).replace(/[^\w.-]/g, '-');
  const courses = await readOulad(dir);
  return {
    courses,
    name: `${short_name} (${courses.map((course) => course.name).join(', ')})`,
    short_name,
    attribution: OULAD_ATTRIBUTION,
    limits: OULAD_LIMITS,
    left_out: [],
    peopleGroups: () => readPeopleGroups(dir),
  };
}

/** No course of the site tells yet what becomes of its students. */
export class NothingTells extends Error {
  override readonly name = 'NothingTells';
}

function siteData({ courses, left_out }: Hindsight, { site }: Config, source: string): LabelledData {
  if (courses.length === 0) {
    const reasons = left_out.slice(0, NAMES_MAX).map(({ name, why }) => `${name}: ${why}.`);
    throw new NothingTells(['No course of the site tells yet what becomes of its students.', ...reasons].join(' '));
  }
  const names = courses.slice(0, NAMES_MAX).map(({ name }) => name);
  const more = courses.length - names.length;
  const contacted = courses.flatMap(({ learners }) => learners).filter(({ contact_days }) => contact_days !== undefined).length;
  const notes = [
    ...left_out.map(({ name, why }) => `${name} is left out: ${why}.`),
    ...(contacted === 0
      ? []
      : [
          `Staff reached ${contacted} enrolments after an alert: days from which their call lies ahead are left out, since it may have helped.`,
        ]),
  ];
  return {
    courses,
    name: `${source} of ${site} (${names.join(', ')}${more > 0 ? ` and ${more} more` : ''})`,
    short_name: site.replace(/[^\w.-]/g, '-'),
    attribution: '',
    limits: [
      ...SITE_LIMITS,
      ...(left_out.length > 0 ? [`${left_out.length} courses of the site were left out.`] : []),
      ...notes.slice(left_out.length),
    ],
    left_out: notes,
  };
}
