// Elements, made without markup in text: whatever a company or a person wrote can only ever be text.

const AS_PROPERTIES = new Set(["hidden", "checked", "disabled", "value", "multiple", "controls", "open", "selected"]);

/** Make an element: `class`, `on` and `data` are what they say, a few names are properties, the others attributes. */
export function h(name, given = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") element.className = value;
    else if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (AS_PROPERTIES.has(key)) element[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = {
  tick: "M5 12.5l4.5 4.5L19 7.5",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  list: "M4 6h16M4 12h16M4 18h10",
  down: "M6 9l6 6 6-6",
  alert: "M12 8v5m0 3v.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  away: "M3 3l18 18M8.5 16.5a5 5 0 0 1 7 0M5 13a10 10 0 0 1 4-2.4M19 13a10 10 0 0 0-5.5-2.9M12 20v.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
  out: "M9 6h9v9M18 6L6 18",
  up: "M12 16V5m0 0L7 10m5-5l5 5M5 20h14",
};

/** A small drawing beside a text that says the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["class", `icon icon-${name}`]])
    svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWN[name]);
  svg.append(path);
  return svg;
}

/** Bring the children of a parent in line with items, keeping the part that stands for an item: focus and text stay. */
export function keyed(parent, parts, items, make) {
  const wanted = new Map(items.map((item) => [item.id, item]));
  for (const [id, part] of parts) if (!wanted.has(id)) (part.element.remove(), parts.delete(id));
  let before = null;
  for (const item of items) {
    const part = parts.get(item.id);
    if (part) part.refresh(item);
    else parts.set(item.id, make(item));
    const { element } = parts.get(item.id);
    const place = before ? before.nextSibling : parent.firstChild;
    if (place !== element) parent.insertBefore(element, place);
    before = element;
  }
}

export const at = (id) => document.getElementById(id);

let counter = 0;

/** An id that nothing else on the page has. */
export function newId(what) {
  counter += 1;
  return `${what}-${counter}`;
}
