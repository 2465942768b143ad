// An answer as it was sent: read, and not changed any more.

import { h, icon } from "../dom.js";
import { webAddress } from "../prose.js";
import { bytes, country, day, number, t } from "../words.js";
import { picture } from "./files.js";
import { named } from "./papers.js";

const WRITTEN = {
  number: (value, { unit }) => [number(value, { maximumFractionDigits: 20 }), unit].filter(Boolean).join(" "),
  date: (value) => day(value),
  select: (value, config) => labelOf(config.options, value),
  multi_select: (value, config) => ticks(value.map((each) => labelOf(config.options, each))),
  checklist: (value, { items = [] }) => ticks((value.checked ?? []).map((id) => items.find((each) => each.id === id)?.label ?? id)),
  signature: (value) => h("span", { class: "signed" }, t("signedAs", { name: value.name })),
  acknowledge_policy: () => t("policyDone"),
  quiz: (value, { questions = [] }) => h("dl", { class: "facts" }, questions.map((each) => answered(each, value.answers?.[each.id]))),
  identity_form: identity,
};

export function summary(block) {
  if (block.base === "file_upload") return files(block);
  if (block.value === null || block.value === undefined) return null;
  const write = WRITTEN[block.base] ?? ((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return h("div", { class: "answer", dir: "auto" }, write(block.value, block.config ?? {}));
}

function labelOf(options = [], value) {
  return options.find((each) => each.value === value)?.label ?? String(value);
}

function ticks(labels) {
  return h("ul", { class: "ticks" }, labels.map((label) => h("li", {}, icon("tick"), h("span", {}, label))));
}

function fact(name, value) {
  return h("div", {}, h("dt", { dir: "auto" }, name), h("dd", { dir: "auto" }, value));
}

function answered({ text, options = [] }, chosen) {
  return fact(text, options.find(({ id }) => id === chosen)?.label ?? t("noAnswer"));
}

/** The number of a document is not shown whole: others may see the screen. */
function identity({ document_type: kind, document_number: digits = "", expires_on: until, country: code }) {
  const facts = [
    kind && fact(t("documentType"), named(kind).label),
    digits && fact(t("documentNumber"), t("endsIn", { end: String(digits).slice(-3) })),
    until && fact(t("documentExpires"), day(until)),
    code && fact(t("documentCountry"), country(code)),
  ];
  return h("dl", { class: "facts" }, facts);
}

function files({ uploads, value }) {
  const sent = uploads.filter(({ id }) => !value?.fileIds || value.fileIds.includes(id));
  return h("ul", { class: "files" }, sent.map((each) => h("li", {}, picture(each.thumbnailUrl, each.filename), name(each))));
}

function name({ filename, size, url }) {
  const address = url && webAddress(new URL(url, location.origin).href);
  const text = address ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer", dir: "auto" }, filename) : filename;
  return h("span", { class: "file-name" }, text, h("span", { class: "faint" }, bytes(size)));
}
