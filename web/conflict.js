/** Somebody was faster: who changed what when, and both ways on. */
import { read } from './api.js';
import { clock, dateTime, dayOf, dayText } from './format.js';
import { isSameName, me } from './person.js';
import { TEXTS } from './texts.js';
import { html, nameOf, useEffect, useRef } from './ui.js';

/** Who changed more than this meanwhile is not told step by step. */
const EDITS_TOLD = 3;

const isAlive = ({ state }) => state === 'open' || state === 'acknowledged';

/** What a change is about, for the words that name it. */
function kindOf(patch) {
  if (patch.state === 'resolved') return 'resolve';
  if (patch.state === 'acknowledged') return 'take';
  if (patch.assignee !== undefined) return 'hand_on';
  return patch.muted_until_ms !== undefined ? 'mute' : 'note';
}

/** The same wish about the alert as it is now: what somebody took is reassigned; what is closed is nobody's any more (null). */
function stillPossible(alert, patch) {
  if (!isAlive(alert) && (patch.state !== undefined || patch.assignee !== undefined)) return null;
  const taken = patch.state === 'acknowledged' && alert.state === 'acknowledged';
  return taken ? { assignee: patch.assignee ?? me() } : patch;
}

function sentenceOf({ by, at_ms, to }, now_ms) {
  const deeds = [
    to.state && TEXTS.deeds.state(to.state, TEXTS.outcomes[to.outcome] ?? null),
    to.assignee !== undefined && !isSameName(to.assignee, by) && TEXTS.deeds.assignee(to.assignee),
    to.assignee !== undefined && isSameName(to.assignee, by) && !to.state && TEXTS.deeds.own,
    to.muted_until_ms !== undefined && TEXTS.deeds.mute(to.muted_until_ms === null ? null : dayText(dayOf(to.muted_until_ms))),
    to.note && TEXTS.deeds.note,
  ].filter(Boolean);
  const when = dayOf(at_ms) === dayOf(now_ms) ? TEXTS.at_time(clock(at_ms)) : TEXTS.on_day(dateTime(at_ms));
  return TEXTS.who_did(by, when, deeds);
}

/** `row.alert` as it was shown, `alert` as it is. `still`: the change that would do it anyway, null where none can. */
export async function conflictOf(row, alert, patch, now_ms) {
  const kind = kindOf(patch);
  const later = ({ revision }) => revision > row.alert.revision;
  const edits = await read(`alerts/${encodeURIComponent(alert.alert_id)}/changes`).then(
    ({ changes }) => changes.filter(later).slice(-EDITS_TOLD),
    () => null,
  );
  const now = TEXTS.alert_now(TEXTS.states[alert.state], alert.assignee);
  const by_nobody = alert.outcome
    ? TEXTS.closed_by_itself(TEXTS.system_outcomes[alert.outcome] ?? alert.outcome)
    : TEXTS.changed_by_score;
  const who =
    edits === null ? [now] : edits.length === 0 ? [by_nobody] : edits.map((edit) => sentenceOf(edit, now_ms ?? Date.now()));
  const note = edits?.some(({ to }) => to.note) && alert.note ? [TEXTS.note_now(alert.note)] : [];
  const people = [...new Set(edits?.map(({ by }) => by))];
  return {
    text: [TEXTS.conflict(nameOf(row.person)), ...who, ...note, TEXTS.mine_not_saved[kind]].join(' '),
    still: stillPossible(alert, patch),
    words: { anyway: TEXTS.anyway[kind], keep: people.length === 1 ? TEXTS.keep_of(people[0]) : TEXTS.keep },
  };
}

/** `close` removes this; `saved` hears that the own change was saved after all. */
export function Conflict({ conflict, close, saved }) {
  const notice = useRef(null);
  useEffect(() => notice.current?.focus(), [conflict]);
  const { text, words, anyway, home } = conflict;
  const mine = async () => {
    close();
    if (await anyway()) saved?.();
    home?.();
  };
  const theirs = () => {
    close();
    home?.();
  };
  return html`<div ref=${notice} class="notice" role="alert" tabindex="-1">
    <p>${text}</p>
    ${anyway && html`<button type="button" onClick=${mine}>${words.anyway}</button>`}
    <button type="button" onClick=${theirs}>${words.keep}</button>
  </div>`;
}
