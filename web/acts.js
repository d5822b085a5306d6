/** What people do with alerts, from any page: saved, said, taken back, and where somebody was faster, left to choose. */
import { changeAlert, openAlert } from './api.js';
import { conflictOf } from './conflict.js';
import { number } from './format.js';
import { isSameName, me, myName } from './person.js';
import { TEXTS } from './texts.js';
import { nameOf, reasonOf } from './ui.js';

/** Owners named one by one; of more it is said that there are some. */
const OWNERS_NAMED = 3;

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

/**
 * Takes a student: the alert that waits, or, where there is none, a case opened for whoever sits here. `said` as of `act`. Resolves to
 * whether it was saved.
 */
export async function takeStudent(row, said) {
  if (row.alert) return act(row, taking(), TEXTS.acknowledged, said);
  const name = nameOf(row.person);
  const { assignee } = taking();
  try {
    await openAlert({ user_id: row.person.user_id, course_id: row.course_id, ...(assignee ? { assignee } : {}) });
  } catch (error) {
    said.toast(TEXTS.not_saved(name, error.body?.detail ?? reasonOf(error)));
    return false;
  }
  said.toast(TEXTS.acknowledged(name));
  said.again();
  return true;
}

/** `alert` as it is then; or `faster`, the alert as somebody else left it; or `why` not, and whether others would fare the same. */
async function attempt(alert, patch) {
  try {
    return { alert: await changeAlert(alert, patch) };
  } catch (error) {
    const { status, body } = error;
    if (status === 412) return { faster: body.alert };
    const of_all = !(status >= 400 && status < 500) || status === 401 || status === 403;
    return { why: of_all ? reasonOf(error) : (body?.detail ?? reasonOf(error)), of_all };
  }
}

/**
 * `row` has person and alert. `said`: toast(text, undo), conflict(what), failed(text), again() to read anew, home() to bring the focus
 * back, now_ms. Resolves to whether it was saved.
 */
export async function act(row, patch, done, said) {
  const { alert, faster, why } = await attempt(row.alert, patch);
  if (alert) {
    const back = said.undo === false ? null : wayBack(row.alert, patch, alert);
    const undo = back && (() => act({ ...row, alert }, back, TEXTS.undone, { ...said, undo: false }).then(said.home));
    said.toast(done(nameOf(row.person)), undo);
    said.again();
    return true;
  }
  if (!faster) {
    (said.failed ?? said.toast)(TEXTS.not_saved(nameOf(row.person), why));
    return false;
  }
  const { text, still, words } = await conflictOf(row, faster, patch, said.now_ms);
  const anyway = still && (() => act({ ...row, alert: faster }, still, done, said));
  said.conflict({ text, words, anyway, home: said.home });
  said.again();
  return false;
}

/** Whose the alert is already, where a change would take it from them, or give it to them once more; else null. */
function ownerAlready({ state, assignee }, patch) {
  if (assignee === null) return null;
  if (patch.state === 'acknowledged') return state === 'acknowledged' || !isSameName(assignee, me()) ? assignee : null;
  return patch.assignee !== undefined && isSameName(assignee, patch.assignee) ? assignee : null;
}

/** One after another, by `patchOf` each; what would stop all is not tried on the rest. */
export async function actOnAll(rows, patchOf) {
  const become = { saved: [], taken: [], changed: [], failed: [], why: null };
  let stopped = false;
  for (const row of rows) {
    const patch = patchOf(row);
    if (ownerAlready(row.alert, patch) !== null) become.taken.push(row);
    else if (stopped) become.failed.push(row);
    else {
      const { alert, faster, why, of_all } = await attempt(row.alert, patch);
      if (alert) become.saved.push({ ...row, alert, back: wayBack(row.alert, patch, alert) });
      else if (faster) become.changed.push({ ...row, alert: faster });
      else {
        become.failed.push(row);
        become.why ??= why;
        stopped = of_all;
      }
    }
  }
  return become;
}

/** `2 saved, 1 already Jonas Feld’s, 1 changed meanwhile: still selected. 1 could not be saved: …` */
export function told({ saved, taken, changed, failed, why }) {
  const parts = [];
  if (saved.length > 0 || taken.length + changed.length === 0) parts.push(TEXTS.bulk_saved(number(saved.length)));
  parts.push(...takenBy(taken));
  if (changed.length > 0) parts.push(TEXTS.bulk_changed(number(changed.length)));
  const rest = failed.length > 0 ? ` ${TEXTS.bulk_failed(number(failed.length), why)}` : '';
  return `${parts.join(', ')}.${rest}`;
}

function takenBy(rows) {
  const owners = new Map();
  for (const { alert } of rows) owners.set(alert.assignee, (owners.get(alert.assignee) ?? 0) + 1);
  if (owners.size > OWNERS_NAMED) return [TEXTS.bulk_somebodys(number(rows.length))];
  const words = ([owner, n]) => (isSameName(owner, me()) ? TEXTS.bulk_yours(number(n)) : TEXTS.bulk_taken(number(n), owner));
  return [...owners].map(words);
}
