/** What people do with alerts, from any page: saved, said, and where somebody was faster, left to choose. */
import { changeAlert, Problem } from './api.js';
import { myName } from './person.js';
import { TEXTS } from './texts.js';
import { nameOf, reasonOf } from './ui.js';

/** Taken by whoever sits here. */
export function taking() {
  const name = myName();
  return name === '' ? { state: 'acknowledged' } : { state: 'acknowledged', assignee: name };
}

/** `row` has person and alert. `said` of the frame: toast(text), conflict({ text, anyway }). Resolves to whether it was saved. */
export async function act(row, patch, done, said) {
  try {
    await changeAlert(row.alert, patch);
    said.toast(done(nameOf(row.person)));
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 412) {
      const { alert } = error.body;
      const text = TEXTS.conflict(nameOf(row.person), TEXTS.states[alert.state], alert.assignee);
      said.conflict({ text, anyway: () => act({ ...row, alert }, patch, done, said) });
    } else said.toast(TEXTS.not_saved(nameOf(row.person), error.body?.detail ?? reasonOf(error)));
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
