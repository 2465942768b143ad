// A form: it sends what was entered, shows success, and each refusal at the field that it names. Nothing entered is lost.

import { announce, h } from "../signed_in/dom.js";
import { refusalsOf } from "./acting.js";
import { field } from "./fields.js";
import { tell } from "./telling.js";

const ASKED = "Fill this in.";

/**
 * Make a form. `send` gets the values by name, and `done` what it resolves to; `said` tells of success.
 */
export function form({ label, fields, submit, send, done, cancel, said, danger = false }) {
  const known = fields.map(field);
  const wrong = h("p", { class: "bad", role: "alert" });
  const button = h("button", { type: "submit", class: danger ? "danger" : "" }, submit);
  const back = cancel && h("button", { type: "button", class: "plain", on: { click: cancel } }, "Cancel");
  const element = h("form", { class: "form", novalidate: true, "aria-label": label }, ...known.map((each) => each.element), wrong, h("div", { class: "acts" }, button, back));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") go();
  });

  async function go() {
    clear();
    const empty = known.filter((each) => each.isShown() && each.isEmpty());
    if (empty.length) return complain(empty.map(({ name }) => ({ message: ASKED, path: ["input", name] })));
    wait(true);
    try {
      const values = Object.fromEntries(known.map((each) => [each.name, each.isShown() ? each.value() : null]));
      const found = await send(values);
      await done?.(found);
      tell(said);
    } catch (error) {
      complain(refusalsOf(error));
    } finally {
      wait(false);
    }
  }

  function clear() {
    wrong.textContent = "";
    for (const each of known) each.complain(null);
  }

  /** Say each refusal where it belongs, and lead to the first. */
  function complain(refusals) {
    const placed = refusals.map((refusal) => ({ ...refusal, at: known.find(({ name, isShown }) => name === refusal.path?.[1] && isShown()) }));
    for (const { at, message } of placed) at?.complain(message);
    wrong.textContent = placed.filter(({ at }) => !at).map(({ message }) => message).join(" ");
    known.find((each) => placed.some(({ at }) => at === each))?.focus();
    if (placed.some(({ at }) => at)) announce(refusals.map(({ message }) => message).join(" "));
  }

  function wait(on) {
    button.setAttribute("aria-disabled", String(on));
    button.classList.toggle("busy", on);
  }

  return { element, known: Object.fromEntries(known.map((each) => [each.name, each])), focus: () => (known[0] ?? back ?? button).focus() };
}

/** What of the values is another than it was: the rest stays out of what is sent. */
export function changes(values, before) {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name] ?? null)));
}

/** The values without those that were left empty: the API has its own answer to what is left out. */
export const given = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
