// What pages of the settings are made of: headings, sections, facts, buttons, moments.

import { serverNow } from "../signed_in/api.js";
import { at, h } from "../signed_in/dom.js";
import { ago, near, whole } from "../signed_in/times.js";
import { refusalsOf } from "./acting.js";
import { askedFirst } from "./dialogs.js";
import { tell } from "./telling.js";

/** The view of a route: a heading that gets the focus, what leads back, and the content. */
export function view(title, { back, acts = [] } = {}, ...content) {
  const heading = h("h2", { id: "heading", tabindex: "-1", dir: "auto" }, title);
  const way = back && h("a", { class: "back", href: back.address }, `All ${back.name}`);
  return h("div", { class: "view" }, way, h("div", { class: "view-head" }, heading, h("div", { class: "acts" }, ...acts.filter(Boolean))), ...content);
}

/** A sheet with a heading of its own. */
export function section(title, ...content) {
  return h("section", { class: "sheet part", "aria-label": title }, h("h3", {}, title), ...content);
}

/** Pairs of a name and what is known; where nothing is, it says so. */
export function facts(pairs) {
  const shown = pairs.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, value ?? "–")));
  return h("dl", { class: "facts" }, ...shown);
}

/** A moment as people read it, with the whole of it behind. */
export function moment(text, none = "–") {
  if (!text) return none;
  const at = Date.parse(text);
  const now = serverNow();
  const shown = at > now ? near(at, now) : ago(at, now);
  return h("time", { datetime: text, title: whole(at) }, shown);
}

/** A button. What it does may take a while and may be refused: that is said below, or next to it. */
export function button(name, act, { plain = true, danger = false, label } = {}) {
  const classes = danger ? "danger" : plain ? "plain" : "";
  return h("button", { type: "button", class: classes, "aria-label": label, on: { click: act } }, name);
}

/** A link that looks like a button. */
export const leading = (name, address) => h("a", { class: "button strong", href: address }, name);

/** A button whose act is asked for first. */
export function asking(name, asked, after, given = { danger: true }) {
  const act = async () => {
    const done = await askedFirst({ submit: name, ...asked });
    if (done) await after(done.found);
  };
  return button(name, act, given);
}

/** A button that acts at once; what the API says against it stands beside. */
export function outright(name, send, after, said) {
  const wrong = h("span", { class: "bad", role: "alert" });
  const go = async () => {
    wrong.textContent = "";
    try {
      const found = await send();
      await after(found);
      tell(said);
    } catch (error) {
      wrong.textContent = refusalsOf(error).map(({ message }) => message).join(" ");
    }
  };
  return h("span", { class: "outright" }, button(name, go), wrong);
}

/** Put other content into an element; where that takes the focus away, it goes to the heading. */
export function refill(element, ...content) {
  const had = element.contains(document.activeElement);
  element.replaceChildren(...content);
  if (had && !element.contains(document.activeElement)) at("heading")?.focus({ preventScroll: true });
}

/** Content that has to be read first; `again`, which `show` is given, reads it anew. */
export function reading(load, show) {
  const element = h("div", { class: "reading", "aria-busy": "true" }, h("p", { class: "note" }, "One moment …"));
  async function again() {
    try {
      const found = await load();
      refill(element, ...[found === null ? h("p", { class: "note" }, GONE) : show(found, again)].flat());
    } catch (error) {
      const [{ code, message }] = refusalsOf(error);
      const text = code === "FORBIDDEN" ? `Your roles do not let you see this. ${message}` : message;
      refill(element, h("p", { class: "note" }, text), button("Try again", again));
    } finally {
      element.removeAttribute("aria-busy");
    }
  }
  again();
  return element;
}

const GONE = "This is not there, or not for you to see.";

/** Words of the API's choices, as people write them. */
export const worded = (name) => name[0] + name.slice(1).toLowerCase().replaceAll("_", " ");
