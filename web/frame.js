/** What stands around the lists: how fresh the data is, the figures, the filters. */
import { byId, h, show } from './dom.js';
import { dateTime, number, percent, recently, shortDate } from './format.js';
import { TEXTS } from './texts.en.js';

const HOUR_MS = 3_600_000;
/** A tick comes each day; half a day late is late. */
const TICK_LATE_MS = 36 * HOUR_MS;
/** A site at rest for a night is no fault; a store's clock that stands that long behind the machine's is. */
const CLOCK_LATE_MS = 12 * HOUR_MS;

export function fillFreshness({ clock, next_tick_ms }) {
  const { kind, now_ms, last_tick_ms } = clock;
  const now = now_ms ?? Date.now();
  const lines = [
    last_tick_ms === null ? TEXTS.not_yet_scored : TEXTS.scored(recently(last_tick_ms, now), recently(now, now)),
    kind === 'event' && now_ms !== null && TEXTS.recorded(dateTime(now_ms)),
    kind === 'wall' && next_tick_ms !== null && TEXTS.next(recently(next_tick_ms, now)),
  ];
  show(
    byId('freshness'),
    lines.filter(Boolean).map((line) => h('span', {}, line)),
  );
}

/** Silence of the source is not silence of the students: said above all else. */
export function noticesOf({ clock, model }) {
  const { kind, now_ms, last_tick_ms } = clock;
  const texts = [];
  if (now_ms === null) texts.push(TEXTS.no_data);
  else if (kind === 'wall') {
    const is_late = Date.now() - now_ms > CLOCK_LATE_MS || (last_tick_ms !== null && Date.now() - last_tick_ms > TICK_LATE_MS);
    if (is_late) texts.push(TEXTS.stale(shortDate(last_tick_ms ?? now_ms), dateTime(now_ms)));
  }
  if (model.method === 'heuristic') texts.push(TEXTS.heuristic);
  return texts.map((text) => h('p', { class: 'notice' }, text));
}

export function fillFigures(summary) {
  const { alerts, at_risk, early, scored, enrolments, not_scored, sessions_open, activities, threshold } = summary;
  const words = TEXTS.figures;
  const without = Object.values(not_scored).reduce((sum, n) => sum + n, 0);
  show(
    byId('figures'),
    figure(number(alerts.open), words.open, words.open_note(number(alerts.acknowledged))),
    figure(number(at_risk), words.above, words.above_note(percent(threshold))),
    figure(number(early), words.early, words.early_note),
    figure(number(scored), words.scored, words.scored_note(number(without)), words.of(number(enrolments.active))),
    figure(number(sessions_open), words.sessions, words.sessions_note(activities, number(activities))),
  );
}

function figure(value, label, note, aside) {
  return h(
    'div',
    {},
    h('dt', {}, label),
    h('dd', { class: 'figure' }, value, aside && h('span', { class: 'aside' }, ` ${aside}`)),
    h('dd', { class: 'note' }, note),
  );
}

/** `wanted`: the filters as the address has them; `set` takes new ones. */
export function fillFilters(courses, wanted, set) {
  const choice = (id, label, options) => {
    const select = h(
      'select',
      { id },
      options.map(([value, text]) => h('option', { value, selected: value === wanted[id] }, text)),
    );
    select.addEventListener('change', () => set({ ...wanted, [id]: select.value }));
    return h('div', {}, h('label', { for: id }, label), select);
  };
  const course_options = courses.map((c) => [String(c.course_id), `${c.shortname} · ${c.fullname}`]);
  const bands = Object.entries(TEXTS.bands).reverse();
  const focused = document.activeElement?.id;
  show(
    byId('filters'),
    choice('course', TEXTS.filter_course, [['', TEXTS.all_courses], ...course_options]),
    choice('band', TEXTS.filter_band, [['', TEXTS.above_threshold], ...bands, ['all', TEXTS.everybody]]),
  );
  if (focused === 'course' || focused === 'band') byId(focused).focus();
}
