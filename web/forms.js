/** What is asked before an alert is changed: outcome, note, to whom. A form goes when its words are saved, and not before. */
import { Conflict } from './conflict.js';
import { isSameName, me } from './person.js';
import { TEXTS } from './texts.js';
import { html, nameOf, useRead, useRef, useState } from './ui.js';

/** `save(ways)` resolves to whether it was saved; `ways` take what else there is to say, so that it stands beside the words. */
function Form({ title, save, allowed, close, children }) {
  const form = useRef(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');
  const [conflict, setConflict] = useState(null);
  const home = () => form.current?.querySelector('textarea, input, select')?.focus();
  const submitted = async (event) => {
    event.preventDefault();
    if (busy) return;
    setFailed('');
    setConflict(null);
    setBusy(true);
    const saved = await save({ failed: setFailed, conflict: (what) => setConflict({ ...what, home }) });
    setBusy(false);
    if (saved) close();
  };
  return html`<form ref=${form} method="dialog" class="panel-body" onSubmit=${submitted} aria-busy=${busy ? 'true' : null}>
    <h2 id="dialog-title">${title}</h2>
    ${children}
    <p role="alert">${failed}</p>
    ${conflict && html`<${Conflict} conflict=${conflict} close=${() => setConflict(null)} saved=${close} />`}
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

/** Of many at once no note is asked: it would replace that of each. `alert`: null then. */
export function Resolve({ alert, close, does }) {
  const [outcome, setOutcome] = useState('');
  const [note, setNote] = useState(alert?.note ?? '');
  const written = alert && note.trim() !== (alert.note ?? '') ? { note: note.trim() || null } : {};
  const save = (ways) => does({ state: 'resolved', outcome, ...written }, TEXTS.resolved, ways);
  return html`<${Form} title=${TEXTS.resolve} save=${save} allowed=${outcome !== ''} close=${close}>
    <label for="outcome">${TEXTS.outcome}</label>
    <select id="outcome" required value=${outcome} onChange=${(event) => setOutcome(event.target.value)}>
      <option value="">${TEXTS.choose_outcome}</option>
      ${Object.entries(TEXTS.outcomes).map(([value, text]) => html`<option value=${value}>${text}</option>`)}
    </select>
    ${alert && html`<${NoteField} label=${TEXTS.note} note=${note} setNote=${setNote} />`}
    <p class="note">${TEXTS.for_good}</p>
  <//>`;
}

export function Note({ alert, close, does }) {
  const [note, setNote] = useState(alert.note ?? '');
  const save = (ways) => does({ note: note.trim() || null }, TEXTS.noted, ways);
  return html`<${Form} title=${TEXTS.note_save} save=${save} allowed=${note.trim() !== (alert.note ?? '')} close=${close}>
    <${NoteField} label=${TEXTS.note_text} note=${note} setNote=${setNote} />
  <//>`;
}

/** Those who have or had alerts, tutors, and who sits here; each once. A name that is typed in another way becomes theirs. */
export function HandOn({ alert, close, does }) {
  const { data } = useRead([['assignments']]);
  const [assignee, setAssignee] = useState('');
  const names = namesOf(data?.[0]);
  const typed = assignee.trim();
  const to = names.find((name) => isSameName(name, typed)) ?? typed;
  const is_new = data !== null && typed !== '' && !names.includes(to);
  const save = (ways) => does({ assignee: to }, (name) => TEXTS.handed_on(name, to), ways);
  return html`<${Form} title=${TEXTS.hand_on} save=${save} allowed=${to !== '' && to !== alert?.assignee} close=${close}>
    <label for="hand-to">${TEXTS.assigned_to}</label>
    <input id="hand-to" list="hand-to-names" autocomplete="off" maxlength="200" value=${assignee} onInput=${(event) => setAssignee(event.target.value)} />
    <datalist id="hand-to-names">${names.map((name) => html`<option value=${name}></option>`)}</datalist>
    <p class="note" role="status">${is_new && TEXTS.new_name(to)}</p>
  <//>`;
}

export function namesOf(known) {
  const all = [...(known?.assignees ?? []), ...(known?.tutors ?? []).filter(({ name }) => name).map(nameOf), me()];
  const names = [];
  for (const name of all) if (name && !names.some((other) => isSameName(other, name))) names.push(name);
  return names;
}
