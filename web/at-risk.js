/** The list of those above the threshold. */
import { h } from './dom.js';
import { number } from './format.js';
import { alertState, lastActive, nameOf, panelHead, reasonList, scoreCell, studentLink } from './parts.js';
import { TEXTS } from './texts.en.js';

const REASONS_IN_A_ROW = 2;
const SKELETON_ROWS = 5;

/** `list`: items, next_cursor, threshold, now_ms; `acts`: acknowledge(row), more(), download(). */
export function atRiskPanel(list, acts) {
  const n = list.items.length;
  const title = list.next_cursor ? TEXTS.list_some(n, number(n)) : TEXTS.list_count(n, number(n));
  return [
    panelHead(title, TEXTS.list_order, h('button', { type: 'button', onclick: acts.download }, TEXTS.download)),
    h(
      'table',
      {},
      head(),
      h(
        'tbody',
        {},
        list.items.map((row) => rowOf(row, list, acts)),
      ),
    ),
    list.next_cursor && h('p', { class: 'more' }, h('button', { type: 'button', onclick: acts.more }, TEXTS.more)),
  ];
}

function head() {
  const { student, score, reasons, last_active, state, action } = TEXTS.columns;
  const cells = [student, score, reasons, last_active, state].map((text) => h('th', { scope: 'col' }, text));
  cells[1].setAttribute('aria-sort', 'descending');
  return h('thead', {}, h('tr', {}, cells, h('th', { scope: 'col' }, h('span', { class: 'unseen' }, action))));
}

/** Roles are written out: on narrow screens the rows are laid out as cards, and browsers then forget that this is a table. */
function rowOf(row, { threshold, now_ms }, acts) {
  const { score, alert } = row;
  const cell = (name, ...children) => h('td', { role: 'cell', class: name }, children);
  return h(
    'tr',
    { role: 'row' },
    h(
      'th',
      { scope: 'row', role: 'rowheader', class: 'who' },
      studentLink(row.person, row.course_id),
      h('div', { class: 'note' }, row.course.shortname),
    ),
    cell('chance', score && scoreCell(score.score, score.band, threshold)),
    cell('why', score && reasonList(score.reasons, REASONS_IN_A_ROW)),
    cell('when', lastActive(row.last_active_ms, now_ms)),
    cell('status', alertState(alert, now_ms)),
    cell('act', alert?.state === 'open' && acknowledgeButton(row, acts)),
  );
}

function acknowledgeButton(row, acts) {
  const label = TEXTS.acknowledge_for(nameOf(row.person));
  return h('button', { type: 'button', 'aria-label': label, onclick: () => acts.acknowledge(row) }, TEXTS.acknowledge);
}

export function message(text, button, action) {
  return h('div', { class: 'message' }, h('p', {}, text), button && h('button', { type: 'button', onclick: action }, button));
}

/** Grey rows of full height, so that nothing jumps when the students come. */
export function skeleton() {
  const rows = Array.from({ length: SKELETON_ROWS }, () => h('div', { class: 'skeleton', 'aria-hidden': 'true' }));
  return [h('p', { class: 'unseen' }, TEXTS.loading), ...rows];
}
