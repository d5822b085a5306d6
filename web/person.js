/** Who sits in front of the page, and what they may do. Where the service asks nobody, it is the name that they gave, kept in this browser. */
import { keep, kept } from './kept.js';

const KEY = 'holdfast-name';

/** As the service told it; nothing before that. */
let session = { name: null, scopes: [], whole_site: false };

export function useSession(told) {
  session = told;
  if (told.access === 'keys') setMyName(told.name);
}

export const myName = () => kept(KEY) ?? '';
/** As the service calls whoever gave no name. */
export const me = () => myName() || (session.name ?? '');

export function setMyName(name) {
  keep(KEY, name.trim().slice(0, 200));
}

/** What is not allowed is not offered. */
export const mayAct = () => session.scopes.includes('alerts:write');
export const mayRule = () => session.scopes.includes('models:admin') && session.whole_site;

/** People write one name in more than one way. */
export const isSameName = (one, other) => (one ?? '').trim().toLocaleLowerCase() === (other ?? '').trim().toLocaleLowerCase();
