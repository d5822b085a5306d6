/** What can be done with the alert at hand, and what was done with it and with those before. */
import { act, takeStudent, taking } from './acts.js';
import { dateTime, number, shortDate } from './format.js';
import { TEXTS } from './texts.js';
import { AlertState, html, Panel, useRead, useRef, useState } from './ui.js';

const MUTE_DAYS = 14;
const DAY_MS = 86_400_000;

export function Acting({ row, summary, said, renew }) {
  const dialog = useRef(null);
  const [asked, setAsked] = useState(null);
  const { alert } = row;
  if (!alert) return html`<${NoAlert} row=${row} said=${said} renew=${renew} />`;
  const with_page = { ...said, again: renew, conflict: (what) => said.conflict({ ...what, after: renew }) };
  const does = (patch, done) => act(row, patch, done, with_page).then(renew);
  const open = (what) => () => {
    setAsked(() => what);
    dialog.current.showModal();
  };
  const close = () => dialog.current.close();
  const now_ms = summary.clock.now_ms ?? Date.now();
  const muted = alert.muted_until_ms !== null && alert.muted_until_ms > now_ms;
  const alive = alert.state === 'open' || alert.state === 'acknowledged';
  const mute = muted
    ? html`<button type="button" onClick=${() => does({ muted_until_ms: null }, TEXTS.unmuted_now)}>${TEXTS.unmute}</button>`
    : html`<button type="button" onClick=${() => does({ muted_until_ms: now_ms + MUTE_DAYS * DAY_MS }, TEXTS.muted)}>${TEXTS.mute(number(MUTE_DAYS))}</button>`;
  return html`<div>
    <${AlertState} alert=${alert} now_ms=${now_ms} />
    ${alert.note && html`<p class="written">${alert.note}</p>`}
    <div class="actions">
      ${alert.state === 'open' && html`<button type="button" class="main" onClick=${() => does(taking(), TEXTS.acknowledged)}>${TEXTS.take}</button>`}
      ${alive && html`<button type="button" onClick=${open(Resolve)}>${TEXTS.resolve_with}</button>`}
      ${alive && html`<button type="button" onClick=${open(HandOn)}>${TEXTS.hand_on_to}</button>`}
      <button type="button" onClick=${open(Note)}>${TEXTS.note_with}</button>
      ${alive && mute}
    </div>
    <dialog ref=${dialog} aria-labelledby="dialog-title" onClose=${() => setAsked(null)}>
      ${asked && html`<${asked} alert=${alert} close=${close} does=${does} />`}
    </dialog>
  </div>`;
}

/** A student who has a score may be taken without an alert. */
function NoAlert({ row, said, renew }) {
  const take = () => takeStudent(row, said).then(renew);
  return html`<div>
    <p class="quiet">${TEXTS.no_alert}</p>
    ${row.can_open && html`<div class="actions"><button type="button" class="main" onClick=${take}>${TEXTS.take}</button></div>`}
  </div>`;
}

function Form({ title, save, allowed, close, children }) {
  const submitted = (event) => {
    event.preventDefault();
    close();
    save();
  };
  return html`<form method="dialog" class="panel-body" onSubmit=${submitted}>
    <h2 id="dialog-title">${title}</h2>
    ${children}
    <div class="actions">
      <button type="submit" class="main" disabled=${!allowed}>${title}</button>
      <button type="button" onClick=${close}>${TEXTS.close}</button>
    </div>
  </form>`;
}

function NoteField({ label, note, setNote }) {
  return html`<label for="note">${label}</label>
    <textarea id="note" rows="4" maxlength="2000" value=${note} onInput=${(event) => setNote(event.target.value)}></textarea>
    <p class="note">${TEXTS.note_rules}</p>`;
}

function Resolve({ close, does }) {
  const [outcome, setOutcome] = useState('');
  const [note, setNote] = useState('');
  const written = note.trim() ? { note: note.trim() } : {};
  const save = () => does({ state: 'resolved', outcome, ...written }, TEXTS.resolved);
  return html`<${Form} title=${TEXTS.resolve} save=${save} allowed=${outcome !== ''} close=${close}>
    <label for="outcome">${TEXTS.outcome}</label>
    <select id="outcome" required value=${outcome} onChange=${(event) => setOutcome(event.target.value)}>
      <option value="">${TEXTS.choose_outcome}</option>
      ${Object.entries(TEXTS.outcomes).map(([value, text]) => html`<option value=${value}>${text}</option>`)}
    </select>
    <${NoteField} label=${TEXTS.note} note=${note} setNote=${setNote} />
    <p class="note">${TEXTS.for_good}</p>
  <//>`;
}

function Note({ alert, close, does }) {
  const [note, setNote] = useState(alert.note ?? '');
  const save = () => does({ note: note.trim() || null }, TEXTS.noted);
  return html`<${Form} title=${TEXTS.note_save} save=${save} allowed=${note.trim() !== (alert.note ?? '')} close=${close}>
    <${NoteField} label=${TEXTS.note_text} note=${note} setNote=${setNote} />
  <//>`;
}

function HandOn({ alert, close, does }) {
  const [assignee, setAssignee] = useState('');
  const to = assignee.trim();
  const save = () => does({ assignee: to }, (name) => TEXTS.handed_on(name, to));
  return html`<${Form} title=${TEXTS.hand_on} save=${save} allowed=${to !== '' && to !== alert.assignee} close=${close}>
    <label for="hand-to">${TEXTS.assigned_to}</label>
    <input id="hand-to" maxlength="200" value=${assignee} onInput=${(event) => setAssignee(event.target.value)} />
  <//>`;
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
    <li><span class="note">${dateTime(alert.opened_ms)}</span> ${alert.opened_by ? TEXTS.alert_opened_by(alert.opened_by) : TEXTS.alert_opened}</li>
    ${(data?.[0].changes ?? []).map((each) => html`<li><span class="note">${dateTime(each.at_ms)}</span> ${each.by}: ${words(each).join('; ')}</li>`)}
    ${alert.closed_ms !== null && !TEXTS.outcomes[alert.outcome] && html`<li><span class="note">${dateTime(alert.closed_ms)}</span> ${[TEXTS.states[alert.state], TEXTS.system_outcomes[alert.outcome] ?? alert.outcome].filter(Boolean).join(': ')}</li>`}
  </ul>`;
}
