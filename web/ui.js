/** What every page is made of: Preact with templates, the way pages read the service, and the small parts that several of them show. */
import { html, render, useCallback, useEffect, useRef, useState } from '/vendor/preact.js';
import { Problem, read } from './api.js';
import { dayOf, daysBetween, dayText, number, percent, scoreText, shortDate } from './format.js';
import { reasonText } from './reasons.js';
import { TEXTS } from './texts.js';

export { html, render, useCallback, useEffect, useRef, useState };

const SKELETON_AFTER_MS = 300;
const SKELETON_ROWS = 5;

/** Reads when `asks` changes: `[['courses', { limit: 10 }], …]`, answered in their order. What was read before stays on screen meanwhile. */
export function useRead(asks) {
  const key = JSON.stringify(asks);
  const [state, setState] = useState({ data: null, error: null, loading: true, key: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    setState((before) => ({ ...before, loading: true }));
    Promise.all(JSON.parse(key).map(([path, query]) => read(path, query))).then(
      (data) => current && setState({ data, error: null, loading: false, key }),
      (error) => current && setState((before) => ({ data: stays(before, error, key), error, loading: false, key })),
    );
    return () => {
      current = false;
    };
  }, [key, turn]);
  return { ...state, reload: useCallback(() => setTurn((n) => n + 1), []) };
}

/** What was read of the same survives a service that does not answer; not one that says no. */
function stays(before, error, key) {
  const refused = error.status >= 400 && error.status < 500;
  return before.key === key && !refused ? before.data : null;
}

/** Whether nothing has the focus any more, or only what stands in for it. */
export const isFocusLost = () => [null, document.body, document.getElementById('main')].includes(document.activeElement);

export function reasonOf(error) {
  if (!(error instanceof Problem) || error.kind === 'network') return TEXTS.failed_network;
  if (error.kind === 'timeout') return TEXTS.failed_timeout;
  if (error.status === 401) return TEXTS.failed_signed_out;
  if (error.status === 403) return TEXTS.failed_not_allowed;
  return error.status === 503 ? TEXTS.failed_starting : TEXTS.failed_status(error.status);
}

export function Failure({ error, retry }) {
  const text = error.status === 404 ? TEXTS.not_found : TEXTS.failed(reasonOf(error), error.body?.reference);
  return html`<div class="panel"><${Message} text=${text} button=${TEXTS.try_again} act=${retry} /></div>`;
}

export function Message({ text, button, act }) {
  return html`<div class="message"><p>${text}</p>${button && html`<button type="button" onClick=${act}>${button}</button>`}</div>`;
}

/** Grey rows of full height after a moment, so that nothing jumps and nothing flickers. `text`: what is on its way. */
export function Waiting({ text = TEXTS.loading }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const rows = Array.from({ length: SKELETON_ROWS }, () => html`<div class="skeleton" aria-hidden="true"></div>`);
  return html`<div class=${late ? 'panel' : null} aria-busy="true"><p class="unseen" role="status">${late && text}</p>${late && rows}</div>`;
}

export function Title({ title, subtitle, children }) {
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
  return html`<div class="title">
    <div><h1 id="title">${title}</h1>${subtitle && html`<p class="quiet">${subtitle}</p>`}</div>
    ${children}
  </div>`;
}

export function Panel({ id, title, note, actions, busy, children }) {
  return html`<section id=${id} class="panel" aria-busy=${busy ? 'true' : null} aria-label=${title}>
    <div class="panel-head">
      <h2>${title}</h2>
      ${note && html`<p class="quiet">${note}</p>`}
      <div class="actions">${actions}</div>
    </div>
    ${children}
  </section>`;
}

export function Figure({ value, label, note, aside }) {
  return html`<div>
    <dt>${label}</dt>
    <dd class="figure">${value}${aside && html`<span class="aside"> ${aside}</span>`}</dd>
    <dd class="note">${note}</dd>
  </div>`;
}

/** Whoever looks may see no enrolment at all: a key of somebody who teaches nothing. */
export const seesNobody = ({ enrolments }) => Object.values(enrolments).every((n) => n === 0);

export const nameOf = (person) => person.name ?? TEXTS.nobody(person.user_id);

const BAR = { width: 120, height: 8 };

/** A length with a mark at the threshold (null: none). */
export function Bar({ score, threshold, label }) {
  const { width, height } = BAR;
  const inner = width - 2;
  return html`<svg class="score-bar" viewBox="0 0 ${width} ${height + 4}" role="img" aria-label=${label}>
    <rect class="track" x="0.5" y="2.5" width=${width - 1} height=${height - 1} rx="3.5" />
    <rect class="fill" x="1" y="3" width=${Math.max(3, inner * score)} height=${height - 2} rx="3" />
    ${threshold !== null && html`<rect class="mark" x=${inner * threshold} y="0" width="2" height=${height + 4} />`}
  </svg>`;
}

/** Percent, band word, and a length with a mark at the threshold: never colour alone. */
export function Score({ score, band, threshold }) {
  const shown = scoreText(score, band, threshold);
  const word = TEXTS.bands[band];
  return html`<div class="score band-${band.replace(' ', '-')}">
    <span class="score-number">${shown}</span><span class="band">${word}</span>
    <${Bar} score=${score} threshold=${threshold} label=${TEXTS.score_label(shown, word, percent(threshold))} />
  </div>`;
}

/** A chance without a band: that of the early list. */
export function Chance({ chance }) {
  const shown = scoreText(chance, null, 1);
  return html`<div class="score"><span class="score-number">${shown}</span>
    <${Bar} score=${chance} threshold=${null} label=${shown} /></div>`;
}

/** The fact, then the comparison in a quieter tone. */
export function Sentence({ text }) {
  const [fact, ...rest] = text.split(' – ');
  return html`${fact}${rest.length > 0 && html`<span class="quiet"> – ${rest.join(' – ')}</span>`}`;
}

/** Those that raise the score, the first of them. */
export function Reasons({ reasons, most }) {
  const wanted = reasons.filter((reason) => reason.contribution > 0).slice(0, most);
  return html`<ul class="reasons">${wanted.map((reason) => html`<li><${Sentence} text=${reasonText(reason)} /></li>`)}</ul>`;
}

export function LastActive({ last_active_ms, now_ms }) {
  if (last_active_ms === null) return TEXTS.never_active;
  const days = Math.max(0, daysBetween(last_active_ms, now_ms ?? last_active_ms));
  return html`<div>${TEXTS.days_ago(days, number(days))}</div><div class="note">${shortDate(last_active_ms)}</div>`;
}

const DISCS = { acknowledged: 'M6 1a5 5 0 0 0 0 10z', resolved: 'M6 1a5 5 0 0 0 0 10a5 5 0 0 0 0-10z' };

/** What a person did last, when, and who. */
export function LastContact({ contact, now_ms }) {
  const days = Math.max(0, daysBetween(contact.at_ms, now_ms ?? contact.at_ms));
  return html`<div class="note called">${TEXTS.last_contact(TEXTS.outcomes[contact.outcome], TEXTS.days_ago(days, number(days)), contact.by)}</div>`;
}

/** The state with a sign of its own shape: a ring, a half disc, a disc, a broken ring; and whether somebody called. */
export function AlertState({ alert, contact = null, now_ms }) {
  const called = contact && html`<${LastContact} contact=${contact} now_ms=${now_ms} />`;
  if (!alert) return called ?? html`<span class="quiet">${TEXTS.no_alert}</span>`;
  const days = Math.max(0, daysBetween(alert.opened_ms, now_ms ?? alert.opened_ms));
  const note = [TEXTS.opened(TEXTS.days_ago(days, number(days))), alert.assignee].filter(Boolean).join(' · ');
  const muted = alert.muted_until_ms !== null && alert.muted_until_ms > (now_ms ?? Date.now());
  return html`<div class="state">
      <svg class="sign" viewBox="0 0 12 12" aria-hidden="true">
        <circle cx="6" cy="6" r="4.8" class=${alert.state === 'expired' ? 'ring dashed' : 'ring'} />
        ${DISCS[alert.state] && html`<path d=${DISCS[alert.state]} class="disc" />`}
      </svg>
      ${TEXTS.states[alert.state]}
    </div>
    <div class="note">${alert.outcome ? (TEXTS.outcomes[alert.outcome] ?? TEXTS.system_outcomes[alert.outcome] ?? alert.outcome) : note}</div>
    ${muted && html`<div class="note">${TEXTS.muted_until(dayText(dayOf(alert.muted_until_ms)))}</div>`}
    ${called}`;
}

/** How far scores of this course can be believed; nothing where they have proved themselves. */
export function Standing({ course }) {
  const text = TEXTS.standings[course.standing];
  return text ? html`<span class="standing" title=${TEXTS.standings_why}>${text}</span>` : null;
}

export function StudentLink({ person, course_id }) {
  return html`<a class="name" href=${`/students/${person.user_id}?course=${course_id}`}>${nameOf(person)}</a>`;
}

/** A label over a select; `options` are `[value, text]`. */
export function Choice({ id, label, value, options, onPick }) {
  return html`<div>
    <label for=${id}>${label}</label>
    <select id=${id} value=${value} onChange=${(event) => onPick(event.target.value)}>
      ${options.map(([each, text]) => html`<option value=${each} selected=${each === value}>${text}</option>`)}
    </select>
  </div>`;
}
