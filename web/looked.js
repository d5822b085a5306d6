/** Who was shown something about a student: one line for each person, place and quarter of an hour. */
import { dateTime, number } from './format.js';
import { TEXTS } from './texts.js';
import { html, Panel, useRead } from './ui.js';

const SLOT_MS = 15 * 60_000;
const SHOWN = 20;

export function Looked({ user_id }) {
  const { data } = useRead([[`students/${user_id}/views`, { limit: 200 }]]);
  if (!data) return null;
  const lines = new Map();
  for (const view of data[0].views) {
    const place = placeOf(view.what);
    const key = `${whoOf(view)} ${place} ${Math.floor(view.at_ms / SLOT_MS)}`;
    if (!lines.has(key)) lines.set(key, { ...view, place });
  }
  const line = ({ place, ...view }) => {
    const { at_ms, people } = view;
    return html`<li><span class="note">${dateTime(at_ms)}</span> ${whoOf(view)}: ${TEXTS.looked_places[place]}${people > 1 ? `, ${TEXTS.looked_people(number(people))}` : ''}</li>`;
  };
  return html`<${Panel} title=${TEXTS.looked} note=${TEXTS.looked_note}><div class="panel-body">
    <ul class="plain history">${[...lines.values()].slice(0, SHOWN).map(line)}</ul>
  </div><//>`;
}

/** With Moodle's number where there is one: the name is only what somebody is called. */
function whoOf({ kind, viewer, by_user_id }) {
  if (kind === 'open') return TEXTS.looked_open;
  return by_user_id === null ? viewer : `${viewer} (${by_user_id})`;
}

/** Routes change, and nobody reads them: four words will do. */
function placeOf(what) {
  if (/\((csv|ndjson)\)$/.test(what)) return 'file';
  if (what.startsWith('students/')) return 'student';
  return what.startsWith('alerts') ? 'alert' : 'list';
}
