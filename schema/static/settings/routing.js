// Where one is: what stands behind `#/` names a part, and what of it. The menu leads to the parts that somebody may see.

import { h } from "../signed_in/dom.js";

/** Read the address: the name of a part, and what follows it. */
export function placeOf(hash) {
  try {
    return hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  } catch {
    return [""];
  }
}

/** Lead to a place from a program; the address tells of it. */
export function lead(address) {
  if (location.hash === address) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = address;
}

export function routing({ parts, draw }) {
  const left = new AbortController();
  const links = new Map(parts.map((part) => [part.id, h("a", { href: `#/${part.id}` }, part.name)]));
  const groups = Map.groupBy(parts, ({ group }) => group);
  const menu = h("nav", { class: "menu", "aria-label": "Settings" }, ...[...groups].map(([name, those]) => groupOf(name, those, links)));

  function go() {
    const [id, ...rest] = placeOf(location.hash);
    const part = parts.find((each) => each.id === id);
    if (!part) {
      history.replaceState(null, "", `#/${parts[0].id}`);
      return go();
    }
    for (const [each, link] of links) {
      if (each === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    draw(part, rest.filter(Boolean));
    links.get(id).scrollIntoView({ block: "nearest", inline: "center" });
    return null;
  }

  addEventListener("hashchange", go, { signal: left.signal });
  return { menu, go, end: () => left.abort() };
}

function groupOf(name, parts, links) {
  const items = parts.map(({ id }) => h("li", {}, links.get(id)));
  return h("div", { class: "menu-group" }, h("p", { class: "faint", "aria-hidden": "true" }, name), h("ul", { role: "list", "aria-label": name }, ...items));
}
