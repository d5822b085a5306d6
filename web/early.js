/** Who is still active and may fall silent, course by course; and why some have no score. */
import { h } from './dom.js';
import { number } from './format.js';
import { chanceCell, lastActive, panelHead, reasonList, studentLink } from './parts.js';
import { TEXTS } from './texts.en.js';

const REASONS_IN_A_ROW = 2;

export function earlyPanel(items, now_ms) {
  const courses = new Map();
  for (const item of items) courses.set(item.course_id, [...(courses.get(item.course_id) ?? []), item]);
  return [
    panelHead(TEXTS.early_title, TEXTS.early_subtitle),
    [...courses.values()].map((rows) => [
      h('h3', {}, `${rows[0].course.shortname} · ${rows[0].course.fullname}`),
      tableOf(rows, now_ms),
    ]),
  ];
}

function tableOf(rows, now_ms) {
  const { rank, student, early_score, reasons, last_active } = TEXTS.columns;
  const head = [rank, student, early_score, reasons, last_active].map((text) => h('th', { scope: 'col' }, text));
  return h(
    'table',
    { class: 'early' },
    h('thead', {}, h('tr', {}, head)),
    h(
      'tbody',
      {},
      rows.map((row) => rowOf(row, now_ms)),
    ),
  );
}

function rowOf(row, now_ms) {
  const cell = (name, ...children) => h('td', { role: 'cell', class: name }, children);
  return h(
    'tr',
    { role: 'row' },
    cell('rank', number(row.rank)),
    h('th', { scope: 'row', role: 'rowheader', class: 'who' }, studentLink(row.person, row.course_id)),
    cell('chance', chanceCell(row.early_score)),
    cell('why', reasonList(row.reasons, REASONS_IN_A_ROW)),
    cell('when', lastActive(row.last_active_ms, now_ms)),
  );
}

export function notScoredPanel(not_scored) {
  const lines = Object.entries(not_scored).filter(([, n]) => n > 0);
  const words = (why) => TEXTS.not_scored_why[why] ?? why;
  return [
    panelHead(TEXTS.not_scored_title),
    h(
      'ul',
      { class: 'plain' },
      lines.map(([why, n]) => h('li', {}, TEXTS.not_scored(n, number(n), words(why)))),
    ),
  ];
}
