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
const toRow = (index) => focus(`#at-risk tbody tr:nth-child(${index + 1}) .name`);
const focus = (selector) => (document.querySelector(selector) ?? document.getElementById('main')).focus();

/** Focus goes with the row or to the box in the head, and where that is gone after the next reading, to what took its place. */
export function useHome(items) {
  const from = useRef(null);
  useEffect(() => {
    const left = from.current;
    from.current = null;
    if (left === null || !isFocusLost()) return;
    const found = items.findIndex((row) => keyOf(row) === left.key);
    toRow(found >= 0 ? found : Math.min(left.index, items.length - 1));
  }, [items]);
  const toHeader = () => {
    from.current = { key: null, index: 0 };
    focus('#at-risk .all');
  };
  const homeOf = (row) => () => {
    const index = items.findIndex((each) => keyOf(each) === keyOf(row));
    from.current = { key: keyOf(row), index };
    toRow(index);
  };
  return { homeOf, toHeader };
}
