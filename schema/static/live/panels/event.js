// One event in the list, and the place where some are missing.

import { h } from "../../signed_in/dom.js";
import { ago, clock, whole } from "../../signed_in/times.js";

const ACTORS = { user: "by a user", new_hire: "by a new hire", system: "by the system" };

class Row {
  constructor({ at }, now) {
    this.at = at;
    this.relative = h("span", { class: "ago" });
    this.time = h("time", { datetime: new Date(at).toISOString(), title: whole(at) }, clock(at), " · ", this.relative);
    this.age(now);
  }

  age(now) {
    const text = ago(this.at, now);
    if (this.relative.textContent !== text) this.relative.textContent = text;
  }
}

export class EventRow extends Row {
  constructor(item, now) {
    super(item, now);
    const { type, subject, actor, data } = item.event;
    const head = h("div", { class: "event-head" }, h("code", { class: "type" }, type), this.time);
    const about = h("p", { class: "about" }, subject.type, named(subject), " ", h("span", { class: "faint" }, ACTORS[actor.kind] ?? `by ${actor.kind}`));
    this.element = h("li", { class: "event", "data-event": item.id }, head, about, details(type, data));
  }
}

function named({ node }) {
  const name = node && (node.fullName ?? node.name);
  return name ? [" ", h("bdi", { class: "name" }, name)] : null;
}

/** What the event holds, behind a fold: it is written when it is first opened. */
function details(type, data) {
  const fields = Object.keys(data.changed ?? data);
  if (!fields.length) return null;
  const text = h("pre", { tabindex: "0", "aria-label": `Facts of ${type}` });
  const fold = h("details", {}, h("summary", {}, fields.slice(0, 4).join(", "), fields.length > 4 ? ` and ${fields.length - 4} more` : ""), text);
  fold.addEventListener("toggle", () => (text.textContent ||= JSON.stringify(data, null, 2)));
  return fold;
}

export class GapRow extends Row {
  constructor(item, now) {
    super(item, now);
    const { what, reason } = item.gap;
    this.element = h("li", { class: "event gap" }, h("div", { class: "event-head" }, h("strong", {}, what), this.time), h("p", { class: "about" }, reason));
  }
}
