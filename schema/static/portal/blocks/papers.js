// Answers that confirm something: a signature, a policy, a document of identity.

import { h, icon, newId } from "../dom.js";
import { outward, prose, webAddress } from "../prose.js";
import { countries, t } from "../words.js";
import { Editor, hint } from "./editor.js";

/** A control with its own label and its own place for what is wrong. */
function labelled(label, control, place) {
  return h("div", { class: "part" }, h("label", { for: control.id }, label), control, place.note);
}

/** One box to tick, with the text beside it. */
function ticked(label, changed) {
  const control = h("input", { type: "checkbox", id: newId("tick"), on: { change: changed } });
  return { control, row: h("label", { class: "option", for: control.id, dir: "auto" }, control, h("span", {}, label)) };
}

export class Signature extends Editor {
  constructor(block, changed, about) {
    super(block, changed, about);
    const written = { input: changed, change: changed };
    this.name = h("input", { type: "text", id: newId("name"), autocomplete: "name", class: "signed", dir: "auto", on: written });
    this.agreed = ticked(t("signAgree"), changed);
    const [first, second] = [this.place("name", [this.name]), this.place("agreed", [this.agreed.control])];
    this.places.set("", first);
    const statement = h("div", { class: "paper" }, prose(this.config.statement || t("signStatement")));
    this.element = h("div", { class: "parts" }, statement, labelled(t("signName"), this.name, first), this.agreed.row, second.note);
  }

  get value() {
    const [name, agreed] = [this.name.value, this.agreed.control.checked];
    return name.trim() || agreed ? { name, agreed } : null;
  }

  set value(value) {
    this.name.value = value?.name ?? "";
    this.agreed.control.checked = value?.agreed === true;
  }

  lacking() {
    if (this.value === null && !this.block.required) return [];
    const problems = [];
    if (!this.name.value.trim()) problems.push({ path: ["name"], message: t("missingName") });
    if (!this.agreed.control.checked) problems.push({ path: ["agreed"], message: t("missingAgree") });
    return problems;
  }
}

export class Policy extends Editor {
  constructor(block, changed, about) {
    super(block, changed, about);
    this.agreed = ticked(t("policyAgree"), changed);
    const place = this.place("", [this.agreed.control]);
    this.element = h("div", { class: "parts" }, policy(this.config), this.agreed.row, place.note);
  }

  get value() {
    return this.agreed.control.checked ? { acknowledged: true } : null;
  }

  set value(value) {
    this.agreed.control.checked = value?.acknowledged === true;
  }

  get missing() {
    return t("missingAgree");
  }
}

/** What a policy says, or where it is; a long text scrolls in itself, also by keyboard. */
export function policy({ policy_url: address, policy_text: text, version }) {
  const parts = [];
  const box = { class: "paper tall", tabindex: "0", role: "region", "aria-label": t("policyRead") };
  if (text) parts.push(h("div", box, prose(text)));
  if (webAddress(address)) parts.push(h("p", { class: "go" }, icon("file"), outward(address, t("policyRead"))));
  if (version) parts.push(h("p", { class: "faint" }, t("policyVersion", { version })));
  return parts;
}

export class Identity extends Editor {
  constructor(block, changed, about) {
    super(block, changed, about);
    this.hint = hint(t("documentHint"));
    this.about = this.hint ? [...this.about, this.hint.id] : this.about;
    const on = { input: changed, change: changed };
    const types = (this.config.document_types ?? []).map(named);
    this.controls = {
      document_type: chooser(types, changed),
      document_number: h("input", { type: "text", id: newId("part"), autocomplete: "off", autocapitalize: "characters", spellcheck: "false", on }),
      expires_on: h("input", { type: "date", id: newId("part"), max: "9999-12-31", on }),
      country: chooser(countries(), changed),
    };
    const labels = ["documentType", "documentNumber", "documentExpires", "documentCountry"];
    const rows = Object.entries(this.controls).map(([name, control], at) => labelled(t(labels[at]), control, this.place(name, [control])));
    this.places.set("", this.places.values().next().value);
    this.element = h("div", { class: "parts" }, this.hint, rows);
  }

  get value() {
    const written = Object.entries(this.controls).map(([name, control]) => [name, control.value.trim()]);
    const given = written.filter(([, text]) => text);
    return given.length ? Object.fromEntries(given) : null;
  }

  set value(value) {
    for (const [name, control] of Object.entries(this.controls)) control.value = value?.[name] ?? "";
  }

  lacking() {
    if (this.value === null && !this.block.required) return [];
    const open = Object.entries(this.controls).filter(([, control]) => !control.value.trim());
    return open.map(([name, control]) => ({ path: [name], message: control.validity?.badInput ? t("notDate") : t("missing") }));
  }
}

function chooser(options, changed) {
  const rows = options.map(({ value, label }) => h("option", { value }, label));
  return h("select", { id: newId("part"), on: { change: changed } }, h("option", { value: "" }, t("choose")), rows);
}

/** A kind of document, given as a name such as `passport` or as `{value, label}`. */
export function named(type) {
  if (typeof type === "object") return { value: type.value ?? type.id, label: type.label };
  const words = String(type).replace(/_/g, " ");
  return { value: String(type), label: words[0].toUpperCase() + words.slice(1) };
}
