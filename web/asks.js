/** What students wrote and nobody has read yet: a mark on their rows, and all of them on one panel, on whatever list they are or are not. */
import { dateTime } from './format.js';
import { TEXTS } from './texts.js';
import { html, Panel, StudentLink, useRead } from './ui.js';

/** Nothing where there is nothing to read. */
export function Asks({ unread }) {
  return unread ? html`<div><span class="asks">${TEXTS.asks.kinds[unread]}</span></div>` : null;
}

export function Unread() {
  const { data } = useRead([['statements']]);
  const items = data?.[0].items ?? [];
  if (items.length === 0) return null;
  return html`<${Panel} id="unread" title=${TEXTS.asks.title} note=${TEXTS.asks.note}>
    <ul class="plain">${items.map(
      ({ statement_id, person, course, at_ms, kind }) =>
        html`<li key=${statement_id}><${StudentLink} person=${person} course_id=${course.course_id} /> <span class="asks">${TEXTS.asks.kinds[kind]}</span> <span class="quiet">${course.shortname} · ${dateTime(at_ms)}</span></li>`,
    )}</ul>
  <//>`;
}
