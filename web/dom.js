/** Elements made from text only: what comes from the service never becomes markup. */

const SVG = 'http://www.w3.org/2000/svg';

/** `h('a', { href: '/', class: 'x', onclick: f }, 'text', child)`; false, null and undefined are left out. */
export function h(tag, props = {}, ...children) {
  return filled(document.createElement(tag), props, children);
}

export function svg(tag, props = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children);
}

function filled(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(
    ...children.flat(Number.POSITIVE_INFINITY).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

export function show(element, ...children) {
  element.replaceChildren(...children.flat(Number.POSITIVE_INFINITY).filter(Boolean));
}

export const byId = (id) => document.getElementById(id);
