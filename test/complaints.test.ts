/** What staff complain of in systems that warn of students who may leave, and the tests that show that it is not so here. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** Under `test`, and the test's name as it stands in the file: somebody who renames or removes one meets this list. */
type Shown = readonly [file: string, test: string];

const ANSWERS: Record<string, readonly Shown[]> = {
  'a warning says neither why nor compared with whom': [
    ['alerts/lifecycle', 'above the threshold, with everything that staff need to see'],
    ['scoring/scores', 'are sorted by strength, equal ones in feature order, and show what lowers the score too'],
    ['web/page.servers', 'opens a student with all reasons and the days of activity, and goes back'],
  ],
  'nobody says why somebody has no score, and what is missing': [
    ['web/page.servers', 'begins with whom to call this week: one line a student, with owner and how far to believe it'],
    ['moodle/scorable', 'from seven days after the later of course start and enrolment'],
    ['training/retrain', 'refuses too little data and says what it has and needs'],
  ],
  'students who left or were suspended are still listed': [
    ['alerts/lifecycle', 'not for a student who is %s'],
    ['alerts/lifecycle', '%s (%s) resolves the alert as %s, whether somebody took it or not, tick or not'],
    ['journey/import', 'closes the alert at once, and the enrolment is withdrawn from that day on'],
  ],
  'staff are taken for students, and what an administrator does for what the student did': [
    ['journey/site', 'is that of staff too, who have sessions and days but are nobody’s student'],
    ['journey/site', 'is not what an administrator does under a student’s name'],
  ],
  'the list cannot be taken out': [
    ['web/page.servers', 'hands over all pages of the list in one file that a spreadsheet runs nothing of'],
    ['http/lists', 'comes whole as CSV and as NDJSON, with days as dates'],
  ],
  'people who were called already are in the way': [
    [
      'reading/latest',
      'those contacted lately are whom somebody reached or tried to reach in the last 14 days, whatever the course',
    ],
    ['web/page.servers', 'offers nobody to call whom somebody reached two days ago, and says who did'],
    ['web/page.servers', 'filters by group, tutor and whether somebody called'],
  ],
  'nobody sees that somebody else has taken a student': [
    ['http/alerts', 'that changed meanwhile is shown as it is now, to whom came second'],
    ['web/page.servers', 'takes an alert in the name of who sits there, and says so'],
    ['web/page.servers', 'hands an alert on, and takes that back from the status line'],
  ],
  'a warning cannot be silenced for a while, or comes back the next day': [
    ['alerts/lifecycle', 'opens none before the mute ends, and may exactly then'],
    ['alerts/lifecycle', 'as %s, none opens for 14 days, and one may exactly then'],
  ],
  'lists cannot be narrowed to a time or to one’s own group': [
    ['journey/seen', 'is narrowed to a time, from inclusive and to exclusive, and to a tutor'],
    ['journey/import', 'are narrowed to the students of a tutor, of a group, and of an intake'],
    ['journey/access', 'groups of Moodle are offered and asked for in the courses that are seen, each in its own course alone'],
  ],
  'warnings come when the student is silent already': [
    ['scoring/scores', 'has an early score only for a student active in the last 14 days'],
    ['training/examples', 'label disengagement only for those still active'],
  ],
};

describe('the complaint', () => {
  it.each(Object.entries(ANSWERS))('that %s is answered by tests that are there', (_, shown) => {
    const missing = shown.filter(([file, test]) => {
      const path = `test/${file}.test.ts`;
      return !existsSync(path) || !readFileSync(path, 'utf8').includes(`'${test}',`);
    });
    expect(missing).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  const rows = readFileSync('SECURITY.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  const shownBy = (row: string) => [...row.matchAll(/`(test\/[^`]+)`/g)].map(([, name]) => name!);

  it('says of every defence by what it is shown', () => {
    expect(rows.length).toBeGreaterThan(10);
    const unshown = rows.filter((row) => !row.includes('**not defended**') && shownBy(row).length === 0);
    expect(unshown).toEqual([]);
  });

  it('names suites that are there', () => {
    const suites = readdirSync('test', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `test/${file.replaceAll('\\', '/')}`);
    const isThere = (name: string) => suites.some((file) => file.startsWith(`${name}/`) || file.startsWith(`${name}.`));
    expect(rows.flatMap(shownBy).filter((name) => !isThere(name))).toEqual([]);
  });
});
