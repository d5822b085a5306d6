/** What happens when: reads, shows, acts. The page's state is its address: filters in the query, the student behind #. */
import { changeAlert, Problem, read } from './api.js';
import { atRiskPanel, message, skeleton } from './at-risk.js';
import { byId, h, show } from './dom.js';
import { earlyPanel, notScoredPanel } from './early.js';
import { bandOf, number, recently, scoreText, useZone } from './format.js';
import { fillFigures, fillFilters, fillFreshness, noticesOf } from './frame.js';
import { nameOf } from './parts.js';
import { studentPanel } from './student.js';
import { TEXTS } from './texts.en.js';

const ROWS_A_PAGE = 25;
const EARLY_ROWS = 100;
const SKELETON_AFTER_MS = 300;
const TOAST_MS = 10_000;

let summary = null;
let list = { items: [], next_cursor: null };

function filters() {
  const query = new URLSearchParams(location.search);
  return { course: query.get('course') ?? '', band: query.get('band') ?? '' };
}

/** What the filters mean for the service: no band = above the threshold; `all` = everybody with a score. */
function predictionQuery() {
  const { course, band } = filters();
  if (band === 'all') return { course, scored: true };
  return band ? { course, band } : { course, above: summary.threshold };
}

async function load() {
  const panel = byId('at-risk');
  panel.setAttribute('aria-busy', 'true');
  const waiting = setTimeout(() => list.items.length === 0 && show(panel, skeleton()), SKELETON_AFTER_MS);
  try {
    summary = await read('summary');
    useZone(summary.time_zone);
    const { course } = filters();
    const [page, early, courses] = await Promise.all([
      read('predictions', { ...predictionQuery(), limit: ROWS_A_PAGE }),
      read('early', { course, limit: EARLY_ROWS }),
      read('courses', { limit: 1000 }),
    ]);
    list = page;
    fillFrame(courses.items);
    showEarly(early.items);
    showList();
  } catch (error) {
    show(panel, message(failureText(error), TEXTS.try_again, load));
  } finally {
    clearTimeout(waiting);
    panel.removeAttribute('aria-busy');
  }
}

function fillFrame(courses) {
  byId('site').textContent = summary.site;
  show(byId('notices'), noticesOf(summary));
  fillFreshness(summary);
  fillFigures(summary);
  fillFilters(courses, filters(), setFilters);
}

function setFilters(wanted) {
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ''));
  history.pushState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}`);
  load();
}

function showList() {
  const panel = byId('at-risk');
  if (list.items.length === 0) return show(panel, emptyMessage());
  const { threshold, clock } = summary;
  show(panel, atRiskPanel({ ...list, threshold, now_ms: clock.now_ms }, { acknowledge, more, download }));
}

function emptyMessage() {
  const { course, band } = filters();
  const { scored, highest_score, threshold, clock } = summary;
  if (course || band) {
    return message(TEXTS.filtered(summary.at_risk, number(summary.at_risk)), TEXTS.clear_filters, () => setFilters({}));
  }
  if (scored === 0 || highest_score === null) return message(TEXTS.empty_unscored);
  const highest = scoreText(highest_score, bandOf(highest_score, threshold), threshold);
  return message(TEXTS.empty(scored, number(scored), recently(clock.last_tick_ms ?? clock.now_ms, clock.now_ms), highest));
}

function showEarly(items) {
  const panel = byId('early');
  panel.hidden = items.length === 0;
  show(panel, earlyPanel(items, summary.clock.now_ms));
  const without = byId('not-scored');
  without.hidden = Object.values(summary.not_scored).every((n) => n === 0);
  show(without, notScoredPanel(summary.not_scored));
}

async function more() {
  try {
    const page = await read('predictions', { ...predictionQuery(), limit: ROWS_A_PAGE, cursor: list.next_cursor });
    const seen = list.items.length;
    list = { items: [...list.items, ...page.items], next_cursor: page.next_cursor };
    showList();
    byId('at-risk').querySelectorAll('tbody .name')[seen]?.focus();
  } catch (error) {
    toast(failureText(error));
  }
}

/** A link cannot ask for CSV, since Accept is a header: so it is fetched and handed over as a file. */
async function download() {
  const query = new URLSearchParams(Object.entries({ ...predictionQuery(), limit: 1000 }).filter(([, value]) => value !== ''));
  const response = await fetch(`/api/v1/predictions?${query}`, { headers: { accept: 'text/csv' } });
  const url = URL.createObjectURL(await response.blob());
  h('a', { href: url, download: 'at-risk.csv' }).click();
  URL.revokeObjectURL(url);
}

const acknowledge = (row) => act(row, { state: 'acknowledged' }, TEXTS.acknowledged);
const resolve = (row, outcome) => act(row, { state: 'resolved', outcome }, TEXTS.resolved);

async function act(row, patch, done) {
  try {
    await changeAlert(row.alert, patch);
    toast(done(nameOf(row.person)));
    await refresh();
    if (!byId('student').open) focusStudent(`#student=${row.user_id}&course=${row.course_id}`);
  } catch (error) {
    if (error instanceof Problem && error.status === 412) return showConflict(row, patch, done, error.body.alert);
    toast(TEXTS.not_saved(nameOf(row.person), error.body?.detail ?? reasonOf(error)));
  }
}

/** Somebody was faster: say what the alert is now, and leave the choice. */
async function showConflict(row, patch, done, alert) {
  await refresh();
  const text = TEXTS.conflict(nameOf(row.person), TEXTS.states[alert.state], alert.assignee);
  const close = () => notice.remove();
  const anyway = () => {
    close();
    act({ ...row, alert }, patch, done);
  };
  const notice = h(
    'div',
    { class: 'notice', role: 'alert', tabindex: '-1' },
    h('p', {}, text),
    h('button', { type: 'button', onclick: anyway }, TEXTS.anyway),
    h('button', { type: 'button', onclick: close }, TEXTS.keep),
  );
  (byId('student').open ? byId('student') : byId('notices')).prepend(notice);
  notice.focus();
}

async function refresh() {
  await load();
  if (byId('student').open) await openStudent();
}

async function openStudent() {
  const dialog = byId('student');
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (!wanted.has('student')) return dialog.open && dialog.close();
  const [user, course] = [wanted.get('student'), wanted.get('course')].map(encodeURIComponent);
  try {
    const [row, timeline] = await Promise.all([read(`predictions/${user}/${course}`), read(`students/${user}/timeline`)]);
    const { threshold, clock } = summary;
    show(dialog, studentPanel(row, timeline, { threshold, now_ms: clock.now_ms }, { close: closeStudent, acknowledge, resolve }));
  } catch (error) {
    show(dialog, message(failureText(error), TEXTS.close, closeStudent));
  }
  if (!dialog.open) dialog.showModal();
  byId('student-name')?.focus();
}

function closeStudent() {
  byId('student').close();
}

/** Esc and the button end here: the address forgets the student, the focus goes back to the row. */
function studentClosed() {
  const { hash } = location;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  focusStudent(hash);
}

/** After acting, the keyboard is where it was: at the student's row, else at the list. */
function focusStudent(hash) {
  const links = [...document.querySelectorAll('a.name')];
  (links.find((link) => link.getAttribute('href') === hash) ?? byId('main')).focus();
}

function reasonOf(error) {
  if (!(error instanceof Problem) || error.kind === 'network') return TEXTS.failed_network;
  if (error.kind === 'timeout') return TEXTS.failed_timeout;
  return error.status === 503 ? TEXTS.failed_starting : TEXTS.failed_status(error.status);
}

const failureText = (error) => TEXTS.failed(reasonOf(error), error.body?.reference);

let hiding = 0;
function toast(text) {
  const element = byId('toast');
  clearTimeout(hiding);
  element.textContent = text;
  element.hidden = false;
  hiding = setTimeout(() => {
    element.hidden = true;
  }, TOAST_MS);
}

byId('title').textContent = TEXTS.title;
byId('subtitle').textContent = TEXTS.subtitle;
byId('student').addEventListener('close', studentClosed);
addEventListener('hashchange', openStudent);
addEventListener('popstate', load);
await load();
if (location.hash) await openStudent();
