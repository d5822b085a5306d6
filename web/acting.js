/** What can be done with the alert at hand, and what was done with it and with those before. */
import { act, takeStudent, taking } from './acts.js';
import { dateTime, number, shortDate } from './format.js';
import { HandOn, Note, Resolve } from './forms.js';
import { mayAct } from './person.js';
import { TEXTS } from './texts.js';
import { AlertState, html, isFocusLost, Panel, useEffect, useRead, useRef, useState } from './ui.js';

export const MUTE_DAYS = 14;
export const DAY_MS = 86_400_000;

export function Acting({ row, summary, said, renew }) {
  const dialog = useRef(null);
  const actions = useRef(null);
  const acted = useRef(false);
  const [asked, setAsked] = useState(null);
  const { alert } = row;
  const home = () => actions.current?.querySelector('button')?.focus();
  // The button that was pressed may be gone with what it offered.
  useEffect(() => {
    if (acted.current && isFocusLost()) home();
  }, [alert?.alert_id, alert?.revision]);
  const now_ms = summary.clock.now_ms ?? Date.now();
  const now = { ...said, now_ms, again: renew, home };
  const alive = alert?.state === 'open' || alert?.state === 'acknowledged';
  const take = () => {
    acted.current = true;
    return takeStudent(alive ? row : { ...row, alert: null }, now);
  };
  if (!alert) return html`<${NoAlert} row=${row} take=${take} />`;
  const does = (patch, done, ways = {}) => {
    acted.current = true;
    return act(row, patch, done, { ...now, ...ways });
  };
  const open = (what) => () => {
    setAsked(() => what);
    dialog.current.showModal();
  };
  const close = () => dialog.current?.close();
  const muted = alert.muted_until_ms !== null && alert.muted_until_ms > now_ms;
  const mute = muted
    ? html`<button type="button" onClick=${() => does({ muted_until_ms: null }, TEXTS.unmuted_now)}>${TEXTS.unmute}</button>`
    : html`<button type="button" onClick=${() => does({ muted_until_ms: now_ms + MUTE_DAYS * DAY_MS }, TEXTS.muted)}>${TEXTS.mute(number(MUTE_DAYS))}</button>`;
  const buttons = html`<div ref=${actions} class="actions">
      ${alert.state === 'open' && html`<button type="button" class="main" onClick=${() => does(taking(), TEXTS.acknowledged)}>${TEXTS.take}</button>`}
      ${!alive && row.can_open && html`<button type="button" class="main" onClick=${take}>${TEXTS.take}</button>`}
      ${alive && html`<button type="button" onClick=${open(Resolve)}>${TEXTS.resolve_with}</button>`}
      ${alive && html`<button type="button" onClick=${open(HandOn)}>${TEXTS.hand_on_to}</button>`}
      <button type="button" onClick=${open(Note)}>${TEXTS.note_with}</button>
      ${alive && mute}
    </div>
    <dialog ref=${dialog} aria-labelledby="dialog-title" onClose=${() => setAsked(null)}>
      ${asked && html`<${asked} alert=${alert} close=${close} does=${does} />`}
    </dialog>`;
  return html`<div>
    <${AlertState} alert=${alert} now_ms=${now_ms} />
    ${alert.note && html`<p class="written">${alert.note}</p>`}
    ${mayAct() && buttons}
  </div>`;
}

/** A student who has a score may be taken without an alert, and after one that is closed. */
function NoAlert({ row, take }) {
  return html`<div>
    <p class="quiet">${TEXTS.no_alert}</p>
    ${row.can_open && mayAct() && html`<div class="actions"><button type="button" class="main" onClick=${take}>${TEXTS.take}</button></div>`}
  </div>`;
}

/** All alerts of this course, with who changed what when: the latest first, whatever alert it is about. */
export function Done({ alerts }) {
  if (alerts.length === 0) return null;
  const key = alerts.map(({ alert_id, revision }) => `${alert_id} ${revision}`).join();
  return html`<${Panel} title=${TEXTS.done}><div class="panel-body"><${Steps} key=${key} alerts=${alerts} /></div><//>`;
}

function Steps({ alerts }) {
  const { data } = useRead(alerts.map(({ alert_id }) => [`alerts/${alert_id}/changes`]));
  const steps = alerts.flatMap((alert, i) => stepsOf(alert, data?.[i].changes ?? []));
  // Of one moment, what came after the other stands above it.
  const sorted = steps.reverse().sort((a, b) => b.at_ms - a.at_ms);
  const which = ({ opened_ms }) =>
    alerts.length === 1 ? null : html` <span class="note">${TEXTS.alert_of(shortDate(opened_ms))}</span>`;
  return html`<ul class="plain history">${sorted.map(({ at_ms, words, alert }) => html`<li><span class="note">${dateTime(at_ms)}</span> ${words}${which(alert)}</li>`)}</ul>`;
}

/** In the order in which they came. */
function stepsOf(alert, changes) {
  const { opened_ms, closed_ms, outcome, state } = alert;
  const by_itself = closed_ms !== null && !TEXTS.outcomes[outcome];
  const end = () => [TEXTS.states[state], TEXTS.system_outcomes[outcome] ?? outcome].filter(Boolean).join(': ');
  return [
    { at_ms: opened_ms, words: alert.opened_by ? TEXTS.alert_opened_by(alert.opened_by) : TEXTS.alert_opened, alert },
    ...changes.map((each) => ({ at_ms: each.at_ms, words: `${each.by}: ${changed(each).join('; ')}`, alert })),
    ...(by_itself ? [{ at_ms: closed_ms, words: end(), alert }] : []),
  ];
}

function changed({ from, to }) {
  const muted = () => (to.muted_until_ms === null ? TEXTS.unmuted : TEXTS.muted_until(shortDate(to.muted_until_ms)));
  return [
    to.state && TEXTS.changed_state(TEXTS.states[to.state], to.outcome ? TEXTS.outcomes[to.outcome] : null),
    to.assignee !== undefined && TEXTS.changed_assignee(from.assignee, to.assignee),
    to.muted_until_ms !== undefined && muted(),
    to.note && TEXTS.changed_note,
  ].filter(Boolean);
}
