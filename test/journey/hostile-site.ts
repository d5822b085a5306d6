/** The sample site on which people, courses, groups and assignments are called what `HOSTILE_TEXTS` says, as Moodle's tables would tell it. */
import { HOSTILE_TEXTS } from '../fixtures/hostile-texts.js';
import { HISTORY, openSite, replay, type Site, TempFolder, WEEKLY } from './site.js';

const AT_S = 1_800_000_000;
/** The site has no groups of its own: these are the first. */
const GROUP = 9_000;

export interface HostileSite extends Site {
  /** Who is called what: those with a score, the highest first. */
  named: { user_id: number; course_id: number; text: string }[];
}

const change = (table: string, after: object) =>
  JSON.stringify({ before: null, after, source: { table: `mdl_${table}`, ts_ms: AT_S * 1000 }, op: 'u' });

export async function openHostileSite(env: Record<string, string> = {}): Promise<HostileSite> {
  const site = await openSite({ ...WEEKLY, ...env });
  await replay(site.service, site.config, [HISTORY]);
  const { items } = await site.service.views.predictions({ scored: true }, null, 1_000);
  const firsts = items.filter((row, i) => items.findIndex(({ user_id }) => user_id === row.user_id) === i);
  const named = HOSTILE_TEXTS.map((text, i) => ({ user_id: firsts[i]!.user_id, course_id: firsts[i]!.course_id, text }));
  const people = named.map(({ user_id, text }) =>
    change('user', { id: user_id, deleted: 0, suspended: 0, firstname: text, lastname: '', timemodified: AT_S }),
  );
  const groups = named.flatMap(({ user_id, course_id, text }, i) => [
    change('groups', { id: GROUP + i, courseid: course_id, name: text, timemodified: AT_S }),
    change('groups_members', { id: GROUP + i, groupid: GROUP + i, userid: user_id, timeadded: AT_S }),
  ]);
  const temp = new TempFolder();
  await replay(site.service, site.config, [temp.lines([...people, ...groups, ...(await things(site))])]);
  temp.remove();
  return { ...site, named };
}

/** Courses with their short names, and assignments; whatever there is more of goes round the texts again. */
async function things({ service }: Site): Promise<string[]> {
  const lines: string[] = [];
  for (const table of ['course', 'assign', 'quiz'] as const) {
    const rows = await service.store.references(table);
    rows.forEach(({ id, row }, i) => {
      const text = HOSTILE_TEXTS[i % HOSTILE_TEXTS.length]!;
      const names = table === 'course' ? { fullname: text, shortname: `${HOSTILE_TEXTS.at(-1 - i)}` } : { name: text };
      lines.push(change(table, { id, ...row, ...names }));
    });
  }
  return lines;
}
