/** Who sits in front of the page. Until there is a login it is the name that they gave, kept in this browser. */
const KEY = 'holdfast-name';

export const myName = () => localStorage.getItem(KEY) ?? '';

export function setMyName(name) {
  localStorage.setItem(KEY, name.trim().slice(0, 200));
}
