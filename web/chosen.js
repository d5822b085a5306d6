/** Which rows of a list are chosen, and where the focus is after something was done with one. */
import { isFocusLost, useEffect, useRef, useState } from './ui.js';

export const keyOf = (row) => `${row.user_id}/${row.course_id}`;

/** Those chosen stay so on other pages of the list, and go with its filters. What is known of them is as new as the page. */
export function useChosen(items, query) {
  const [chosen, setChosen] = useState(new Map());
  const filters = JSON.stringify({ ...query, order: '' });
  const of = useRef(filters);
  useEffect(() => {
    const kept = of.current === filters && items.length > 0 ? [...chosen.values()] : [];
    of.current = filters;
    const now = new Map(items.map((row) => [keyOf(row), row]));
    setChosen(chosenOf(kept.map((row) => now.get(keyOf(row)) ?? row)));
  }, [items, filters]);
  return [chosen, setChosen];
}

export const chosenOf = (rows) => new Map(rows.filter((row) => row.alert).map((row) => [keyOf(row), row]));
const focus = (selector) => (document.querySelector(selector) ?? document.getElementById('main')).focus();
export const toHeader = () => focus('#at-risk .all');

/** Focus goes with the row, and where the row goes, to that which took its place. */
export function useHome(items) {
  const from = useRef(null);
  useEffect(() => {
    if (from.current === null || !isFocusLost()) return;
    const found = items.findIndex((row) => keyOf(row) === from.current.key);
    const index = found >= 0 ? found : Math.min(from.current.index, items.length - 1);
    focus(`#at-risk tbody tr:nth-child(${index + 1}) .name`);
    from.current = null;
  }, [items]);
  return (row) => () => {
    const index = items.findIndex((each) => keyOf(each) === keyOf(row));
    from.current = { key: keyOf(row), index };
    focus(`#at-risk tbody tr:nth-child(${index + 1}) .name`);
  };
}
