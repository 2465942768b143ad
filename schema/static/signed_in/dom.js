// Elements, made without markup in text: whatever a company or a person wrote can only ever be text.

const AS_PROPERTIES = new Set(["hidden", "disabled", "value", "open", "selected", "required"]);

/** Make an element: `class` and `on` are what they say, a few names are properties, the others attributes. */
export function h(name, given = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") element.className = value;
    else if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (AS_PROPERTIES.has(key)) element[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Make a part of a drawing. */
export function drawn(name, given = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(given)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** Bring the children of a parent in line with items, keeping the part that stands for an item: focus and folds stay. */
export function keyed(parent, parts, items, make) {
  const wanted = new Set(items.map(({ id }) => id));
  for (const [id, part] of parts) if (!wanted.has(id)) (part.element.remove(), parts.delete(id));
  let place = parent.firstChild;
  for (const item of items) {
    const part = parts.get(item.id) ?? make(item);
    parts.set(item.id, part);
    part.refresh?.(item);
    if (part.element === place) place = place.nextSibling;
    else parent.insertBefore(part.element, place);
  }
}

export const at = (id) => document.getElementById(id);

/** Say something to who does not see the page. The same again is said again. */
export function announce(text) {
  at("said").replaceChildren(h("span", {}, text));
}

/** Return a function that has something done a moment later, once, however often it is called until then. */
export function soon(act, milliseconds = 80) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      act();
    }, milliseconds);
  };
}
