/** Many alerts at once: chosen, then acted on one after another, and what became of each said. */
import { DAY_MS, MUTE_DAYS } from './acting.js';
import { actOnAll, taking, told } from './acts.js';
import { read } from './api.js';
import { number } from './format.js';
import { HandOn, Resolve } from './forms.js';
import { TEXTS } from './texts.js';
import { html, reasonOf, useEffect, useRead, useRef, useState } from './ui.js';

/** Each is saved on its own: more would take minutes, and nobody has looked at them. */
const SELECTED_MAX = 500;

/** `rows` are chosen; `left` takes those that stay so, `again` reads anew, `home` brings the focus back. */
export function BulkActions({ rows, summary, said, left, again, home }) {
  const dialog = useRef(null);
  const [asked, setAsked] = useState(null);
  const [busy, setBusy] = useState(false);
  const now_ms = summary.clock.now_ms ?? Date.now();
  const close = () => dialog.current?.close();
  const undoOf = (saved) => async () => {
    said.toast(told(await actOnAll(saved, ({ back }) => back)));
    again();
    home();
  };
  const does = async (patch, ways) => {
    setBusy(true);
    const become = await actOnAll(rows, () => patch);
    setBusy(false);
    const { saved, changed, failed } = become;
    if (ways && saved.length === 0 && failed.length > 0) {
      ways.failed(told(become));
      return false;
    }
    said.toast(told(become), patch.state === undefined && saved.length > 0 ? undoOf(saved) : null);
    close();
    home();
    left([...changed, ...failed]);
    again();
    return true;
  };
  const open = (what) => () => {
    setAsked(() => what);
    dialog.current.showModal();
  };
  const mute = () => does({ muted_until_ms: now_ms + MUTE_DAYS * DAY_MS });
  const buttons = [
    [TEXTS.take, () => does(taking())],
    [TEXTS.hand_on_to, open(HandOn)],
    [TEXTS.mute(number(MUTE_DAYS)), mute],
    [TEXTS.resolve_with, open(Resolve)],
  ];
  const clear = () => {
    home();
    left([]);
  };
  return html`${buttons.map(([text, click]) => html`<button type="button" disabled=${busy} onClick=${click}>${text}</button>`)}
    <button type="button" onClick=${clear}>${TEXTS.clear_selection}</button>
    <dialog ref=${dialog} aria-labelledby="dialog-title" onClose=${() => setAsked(null)}>
      ${asked && html`<${asked} alert=${null} close=${close} does=${(patch, _, ways) => does(patch, ways)} />`}
    </dialog>`;
}

/** After all of a page: all that match the filters. Those without an alert cannot be chosen, so they do not count. */
export function SelectAll({ query, chosen, choose, said }) {
  const matching = { ...query, alert: query.alert || 'open,acknowledged' };
  const { data } = useRead([['predictions', { ...matching, limit: 1 }]]);
  const total = data?.[0].total ?? 0;
  const wanted = Math.min(total, SELECTED_MAX);
  if (wanted <= chosen) return null;
  const all = () =>
    read('predictions', { ...matching, limit: SELECTED_MAX }).then(
      ({ items }) => choose(items.filter((row) => row.alert)),
      (error) => said.toast(TEXTS.not_selected(reasonOf(error))),
    );
  const text = total > SELECTED_MAX ? TEXTS.select_first(number(SELECTED_MAX), number(total)) : TEXTS.select_all(number(total));
  return html`<button type="button" onClick=${all}>${text}</button>`;
}

/** Esc clears, but not from within a dialog or out of a field that it empties. */
export function useEscape(is_chosen, clear) {
  useEffect(() => {
    if (!is_chosen) return undefined;
    const typed = (event) => {
      const is_elsewhere = document.querySelector('dialog[open]') || /^(text|search)$/.test(event.target.type ?? '');
      if (event.key === 'Escape' && !is_elsewhere) clear();
    };
    addEventListener('keydown', typed);
    return () => removeEventListener('keydown', typed);
  }, [is_chosen]);
}
