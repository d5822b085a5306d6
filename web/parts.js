/** Small parts that both lists and the student's panel show. */
import { h, svg } from './dom.js';
import { daysBetween, number, percent, scoreText, shortDate } from './format.js';
import { TEXTS } from './texts.en.js';

export const nameOf = (person) => person.name ?? TEXTS.nobody(person.user_id);

const BAR = { width: 120, height: 8 };

/** Percent, band word, and a length with a mark at the threshold: never colour alone. */
export function scoreCell(score, band, threshold) {
  const shown = scoreText(score, band, threshold);
  const word = TEXTS.bands[band];
  return h(
    'div',
    { class: `score band-${band.replace(' ', '-')}` },
    h('span', { class: 'score-number' }, shown),
    h('span', { class: 'band' }, word),
    bar(score, threshold, TEXTS.score_label(shown, word, percent(threshold))),
  );
}

/** The plain chance of the early list has no bands of its own and no threshold. */
export function chanceCell(score) {
  return h('div', { class: 'score' }, h('span', { class: 'score-number' }, scoreText(score, null, 0)), bar(score, null, ''));
}

function bar(score, threshold, label) {
  const { width, height } = BAR;
  const inner = width - 2;
  return svg(
    'svg',
    {
      class: 'score-bar',
      viewBox: `0 0 ${width} ${height + 4}`,
      role: label ? 'img' : null,
      'aria-label': label || null,
      'aria-hidden': !label && 'true',
    },
    svg('rect', { class: 'track', x: 0.5, y: 2.5, width: width - 1, height: height - 1, rx: 3.5 }),
    svg('rect', { class: 'fill', x: 1, y: 3, width: Math.max(3, inner * score), height: height - 2, rx: 3 }),
    threshold !== null && svg('rect', { class: 'mark', x: 1 + inner * threshold - 1, y: 0, width: 2, height: height + 4 }),
  );
}

/** Reasons as the service says them: the fact, then the comparison in a quieter tone. */
export function reasonList(reasons, how_many) {
  const wanted = how_many ? reasons.filter((r) => r.contribution > 0).slice(0, how_many) : reasons;
  return h(
    'ul',
    { class: 'reasons' },
    wanted.map((reason) => h('li', {}, sentence(reason.text))),
  );
}

export function sentence(text) {
  const [fact, ...rest] = text.split(' – ');
  return [fact, rest.length > 0 && h('span', { class: 'quiet' }, ` – ${rest.join(' – ')}`)];
}

export function lastActive(last_active_ms, now_ms) {
  if (last_active_ms === null) return TEXTS.never_active;
  const days = Math.max(0, daysBetween(last_active_ms, now_ms ?? last_active_ms));
  return [h('div', {}, TEXTS.days_ago(days, number(days))), h('div', { class: 'note' }, shortDate(last_active_ms))];
}

/** The state with a sign of its own shape: a ring, a half disc, a disc. */
export function alertState(alert, now_ms) {
  if (!alert) return h('span', { class: 'quiet' }, TEXTS.no_alert);
  const days = Math.max(0, daysBetween(alert.opened_ms, now_ms ?? alert.opened_ms));
  const note = [TEXTS.since(TEXTS.days(days, number(days))), alert.assignee].filter(Boolean).join(' · ');
  return [
    h('div', { class: 'state' }, sign(alert.state), TEXTS.states[alert.state]),
    h('div', { class: 'note' }, alert.outcome ? (TEXTS.outcomes[alert.outcome] ?? alert.outcome) : note),
  ];
}

function sign(state) {
  const filled = {
    open: null,
    acknowledged: 'M6 1a5 5 0 0 0 0 10z',
    resolved: 'M6 1a5 5 0 0 0 0 10a5 5 0 0 0 0-10z',
    expired: null,
  };
  return svg(
    'svg',
    { class: 'sign', viewBox: '0 0 12 12', 'aria-hidden': 'true' },
    svg('circle', { cx: 6, cy: 6, r: 4.8, class: state === 'expired' ? 'ring dashed' : 'ring' }),
    filled[state] && svg('path', { d: filled[state], class: 'disc' }),
  );
}

export function panelHead(title, note, ...actions) {
  return h(
    'div',
    { class: 'panel-head' },
    h('h2', {}, title),
    note && h('p', { class: 'quiet' }, note),
    h('div', { class: 'actions' }, actions),
  );
}

/** A button-like link to the student's panel, so that it can be opened in a new window too. */
export function studentLink(person, course_id) {
  return h('a', { class: 'name', href: `#student=${person.user_id}&course=${course_id}` }, nameOf(person));
}
