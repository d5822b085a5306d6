/** Who sits in front of the page. Until there is a login it is the name that they gave, kept in this browser. */
import { keep, kept } from './kept.js';

const KEY = 'holdfast-name';

export const myName = () => kept(KEY) ?? '';

export function setMyName(name) {
  keep(KEY, name.trim().slice(0, 200));
}
