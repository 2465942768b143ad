// The fields of forms. A field has an `element`, gives its `value()` as the API takes it, and shows what is wrong with it.

import { h } from "../signed_in/dom.js";

let made = 0;

const KINDS = {
  text: (given) => input("text", given),
  email: (given) => input("email", given, { autocapitalize: "none" }),
  url: (given) => input("url", given, { autocapitalize: "none", inputmode: "url" }),
  password: (given) => input("password", given),
  code: (given) => input("text", given, { autocomplete: "one-time-code", inputmode: "text", autocapitalize: "none" }),
  number: (given) => input("number", given, { inputmode: "numeric" }, (text) => (text === "" ? null : Number(text))),
  moment: (given) => input("datetime-local", { ...given, value: local(given.value) }, {}, (text) => (text ? new Date(text).toISOString() : null)),
  lines: (given) => area({ ...given, value: (given.value ?? []).join("\n") }, (text) => text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean)),
  area: (given) => area(given, (text) => text.trim() || null),
  json: (given) => area({ ...given, value: given.value ? JSON.stringify(given.value, null, 2) : "" }, parsed),
  choice,
  checks,
  yes,
};

/** Make a field: `{ name, label, kind, value, hint, required, options, ... }`. */
export function field(given) {
  made += 1;
  const id = `field-${made}`;
  const kind = KINDS[given.kind ?? "text"]({ ...given, id });
  const wrong = h("p", { class: "bad", id: `${id}-wrong` });
  const hint = given.hint && h("p", { class: "faint", id: `${id}-hint` }, given.hint);
  kind.control.setAttribute("aria-describedby", `${hint ? `${id}-hint ` : ""}${id}-wrong`);
  const label = kind.ownLabel ?? h("label", { for: id }, given.label, given.required ? null : h("span", { class: "optional" }, " (optional)"));
  const element = h("div", { class: `field of-${given.kind ?? "text"}` }, ...(kind.around?.(hint, wrong) ?? [label, hint, kind.element ?? kind.control, wrong]));
  return {
    name: given.name,
    element,
    value: kind.value,
    isEmpty: () => given.required && isNothing(kind.value()),
    complain(text) {
      wrong.textContent = text ?? "";
      if (text) kind.control.setAttribute("aria-invalid", "true");
      else kind.control.removeAttribute("aria-invalid");
    },
    focus: () => (kind.first ?? kind.control).focus(),
    changed: (listener) => element.addEventListener("change", listener),
    show: (on) => (element.hidden = !on),
    isShown: () => !element.hidden,
  };
}

const isNothing = (value) => value === null || value === "" || (Array.isArray(value) && !value.length);

/** What an empty text is: null where the field may be left out, else nothing, so that somebody is asked for it. */
const worded = (text) => text.trim() || null;

function input(type, { id, value, required, autocomplete = "off", placeholder, min, max }, further = {}, read) {
  const given = { id, type, autocomplete, spellcheck: "false", value: value ?? "", placeholder, min, max, "aria-required": required && "true", ...further };
  const control = h("input", given);
  const plain = type === "password" ? (text) => text || null : worded;
  return { control, value: () => (read ?? plain)(control.value) };
}

function area({ id, value, required, rows = 4 }, read) {
  const control = h("textarea", { id, rows, spellcheck: "false", autocomplete: "off", "aria-required": required && "true" });
  control.value = value ?? "";
  return { control, value: () => read(control.value) };
}

/** JSON as it was typed; what is none goes to the API as text, which says so at this field. */
function parsed(text) {
  if (!text.trim()) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function choice({ id, value, options, required }) {
  const offered = required ? options : [{ value: "", name: "None" }, ...options];
  const control = h("select", { id, "aria-required": required && "true" }, ...offered.map((each) => h("option", { value: each.value }, each.name)));
  control.value = value ?? (offered[0]?.value ?? "");
  return { control, value: () => control.value || null };
}

function yes({ id, value, label }) {
  const control = h("input", { id, type: "checkbox" });
  control.checked = Boolean(value);
  return { control, element: h("label", { class: "check", for: id }, control, h("span", {}, label)), ownLabel: [], value: () => control.checked };
}

/** Several of a list; those of one group stand together. */
function checks({ id, value, label, options }) {
  const boxes = new Map();
  const chosen = new Set(value ?? []);
  const box = ({ value: name, name: shown, note, fixed }) => {
    const control = h("input", { type: "checkbox", value: name, disabled: Boolean(fixed) });
    control.checked = chosen.has(name);
    boxes.set(name, control);
    return h("label", { class: "check" }, control, h("span", {}, shown, note ? h("span", { class: "faint" }, ` ${note}`) : null));
  };
  const groups = Map.groupBy(options, ({ group }) => group ?? "");
  const parts = [...groups.values()].map((those) => h("div", { class: "group" }, ...those.map(box)));
  const legend = h("legend", {}, label);
  const control = h("fieldset", { id }, legend, ...parts);
  const first = [...boxes.values()].find(({ disabled }) => !disabled);
  const around = (hint, wrong) => {
    legend.after(...(hint ? [hint] : []), wrong);
    return [control];
  };
  return { control, ownLabel: [], around, first, value: () => [...boxes].filter(([, { checked }]) => checked).map(([name]) => name) };
}

/** An instant as a field for local times takes it. */
function local(moment) {
  if (!moment) return "";
  const date = new Date(moment);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
