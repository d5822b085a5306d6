/** What people do with alerts, from any page: saved, said, taken back, and where somebody was faster, left to choose. */
import { changeAlert, openAlert, Problem } from './api.js';
import { myName } from './person.js';
import { TEXTS } from './texts.js';
import { nameOf, reasonOf } from './ui.js';

/** Taken by whoever sits here. */
export function taking() {
  const name = myName();
  return name === '' ? { state: 'acknowledged' } : { state: 'acknowledged', assignee: name };
}

/**
 * The change that brings back what was; null where an alert's life knows no way back: its state only goes on.
 * `muted_until_ms: null` → `{ muted_until_ms: 1763… }` leads back by `{ muted_until_ms: null }`.
 */
function wayBack(before, patch, after) {
  if (patch.state !== undefined) return null;
  const back = Object.fromEntries(Object.keys(patch).map((field) => [field, before[field]]));
  if (back.muted_until_ms !== undefined && back.muted_until_ms <= after.touched_ms) back.muted_until_ms = null;
  return back;
}

/** Takes a student: the alert that waits, or, where there is none, a case opened for whoever sits here. Resolves to whether it was saved. */
export async function takeStudent(row, said) {
  if (row.alert) return act(row, taking(), TEXTS.acknowledged, said);
  const name = nameOf(row.person);
  const { assignee } = taking();
  try {
    await openAlert({ user_id: row.person.user_id, course_id: row.course_id, ...(assignee ? { assignee } : {}) });
    said.toast(TEXTS.acknowledged(name), null);
    return true;
  } catch (error) {
    said.toast(TEXTS.not_saved(name, error.body?.detail ?? reasonOf(error)));
    return false;
  }
}

/** `row` has person and alert. `said` of the frame: toast(text, undo), conflict({ text, anyway, after }). Resolves to whether it was saved. */
export async function act(row, patch, done, said) {
  const name = nameOf(row.person);
  try {
    const alert = await changeAlert(row.alert, patch);
    const back = wayBack(row.alert, patch, alert);
    const undo = back && (() => act({ ...row, alert }, back, TEXTS.undone, { ...said, undo: false }).then(said.again));
    said.toast(done(name), said.undo === false ? null : undo);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 412) {
      const { alert } = error.body;
      const text = TEXTS.conflict(name, TEXTS.states[alert.state], alert.assignee);
      said.conflict({ text, anyway: () => act({ ...row, alert }, patch, done, said) });
    } else said.toast(TEXTS.not_saved(name, error.body?.detail ?? reasonOf(error)));
    return false;
  }
}

/** One after another; the rows that somebody else changed meanwhile come back. */
export async function actOnAll(rows, patch, said) {
  const left = [];
  for (const row of rows) {
    try {
      await changeAlert(row.alert, patch);
    } catch {
      left.push(row);
    }
  }
  said.toast(TEXTS.bulk_saved(rows.length - left.length, left.length));
  return left;
}
