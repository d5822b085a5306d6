/** What can be done with the alert at hand, and what was done with it and with those before. */
import { act, taking } from './acts.js';
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
  }, [alert?.revision]);
  if (!alert) return html`<div><p class="quiet">${TEXTS.no_alert}</p></div>`;
  const now_ms = summary.clock.now_ms ?? Date.now();
  const does = (patch, done, ways = {}) => {
    acted.current = true;
    return act(row, patch, done, { ...said, now_ms, again: renew, home, ...ways });
  };
  const open = (what) => () => {
    setAsked(() => what);
    dialog.current.showModal();
  };
  const close = () => dialog.current?.close();
  const muted = alert.muted_until_ms !== null && alert.muted_until_ms > now_ms;
  const alive = alert.state === 'open' || alert.state === 'acknowledged';
  const mute = muted
    ? html`<button type="button" onClick=${() => does({ muted_until_ms: null }, TEXTS.unmuted_now)}>${TEXTS.unmute}</button>`
    : html`<button type="button" onClick=${() => does({ muted_until_ms: now_ms + MUTE_DAYS * DAY_MS }, TEXTS.muted)}>${TEXTS.mute(number(MUTE_DAYS))}</button>`;
  const buttons = html`<div ref=${actions} class="actions">
      ${alert.state === 'open' && html`<button type="button" class="main" onClick=${() => does(taking(), TEXTS.acknowledged)}>${TEXTS.take}</button>`}
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

/** All alerts of this course, with who changed what when. */
export function Done({ alerts }) {
  if (alerts.length === 0) return null;
  return html`<${Panel} title=${TEXTS.done}><div class="panel-body">${alerts.map((alert) => html`<${Changes} key=${`${alert.alert_id} ${alert.revision}`} alert=${alert} />`)}</div><//>`;
}

function Changes({ alert }) {
  const { data } = useRead([[`alerts/${alert.alert_id}/changes`]]);
  const words = ({ from, to }) =>
    [
      to.state && TEXTS.changed_state(TEXTS.states[to.state], to.outcome ? TEXTS.outcomes[to.outcome] : null),
      to.assignee !== undefined && TEXTS.changed_assignee(from.assignee, to.assignee),
      to.muted_until_ms !== undefined &&
        (to.muted_until_ms === null ? TEXTS.unmuted : TEXTS.muted_until(shortDate(to.muted_until_ms))),
      to.note && TEXTS.changed_note,
    ].filter(Boolean);
  return html`<ul class="plain history">
    <li><span class="note">${dateTime(alert.opened_ms)}</span> ${TEXTS.alert_opened}</li>
    ${(data?.[0].changes ?? []).map((each) => html`<li><span class="note">${dateTime(each.at_ms)}</span> ${each.by}: ${words(each).join('; ')}</li>`)}
    ${alert.closed_ms !== null && !TEXTS.outcomes[alert.outcome] && html`<li><span class="note">${dateTime(alert.closed_ms)}</span> ${[TEXTS.states[alert.state], TEXTS.system_outcomes[alert.outcome] ?? alert.outcome].filter(Boolean).join(': ')}</li>`}
  </ul>`;
}
