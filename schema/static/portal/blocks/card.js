// One block of a stage as a part of the page: shown, asked, answered, or somebody else's.

import { h, icon, newId } from "../dom.js";
import { beside, prose } from "../prose.js";
import { t, told } from "../words.js";
import { Checklist, MultiSelect, Quiz, Select } from "./choices.js";
import { display } from "./display.js";
import { DateInput, NumberInput, TextArea, TextInput, TimeInput } from "./fields.js";
import { Files } from "./files.js";
import { Identity, Policy, Signature } from "./papers.js";
import { summary } from "./summary.js";

const EDITORS = {
  text_input: TextInput,
  text_area: TextArea,
  number: NumberInput,
  date: DateInput,
  time: TimeInput,
  select: Select,
  multi_select: MultiSelect,
  checklist: Checklist,
  quiz: Quiz,
  signature: Signature,
  acknowledge_policy: Policy,
  identity_form: Identity,
  file_upload: Files,
};

/** How a block is met: what is only shown, what is asked, what was answered, and what others do. */
function wayOf(block, answerable) {
  if (block.displayOnly) return "shown";
  if (!block.mine) return "others";
  if (block.status === "COMPLETED" || !answerable) return "answered";
  return EDITORS[block.base] ? "asked" : "unknown";
}

export class Card {
  /** `given`: what the card may ask of the page (`noted`, `unsent`, `submissions`, `announce`, `language`, `answerable`). */
  constructor(block, given) {
    this.given = given;
    this.element = h("div", { class: "block" });
    this.editor = null;
    this.refresh(block);
  }

  get asks() {
    return this.editor !== null;
  }

  refresh(block) {
    const way = wayOf(block, this.given.answerable());
    const stamp = JSON.stringify([way, block.status, block.reviewStatus, block.reviewComment, way === "asked" || block]);
    this.block = block;
    if (stamp !== this.stamp) this.build(way);
    else if (this.editor) this.editor.block = block;
    this.stamp = stamp;
  }

  build(way) {
    const held = this.editor && way === "asked" ? this.editor : null;
    if (held) return this.keepOn(held);
    this.editor = null;
    this.element.className = `block ${way} base-${this.block.base}`;
    this.element.replaceChildren(...[this[way]()].flat().filter(Boolean));
    return undefined;
  }

  /** The block changed while it is being answered: what was returned is said, what was written stays. */
  keepOn(editor) {
    editor.block = this.block;
    this.returned.replaceChildren(...this.whatWasReturned());
  }

  shown() {
    return display(this.block, this.given.language());
  }

  others() {
    const { assignee, status } = this.block;
    const who = t(`assignee${assignee}`);
    return [
      h("h2", { class: "title" }, this.named()),
      this.text(),
      h("p", { class: `chip ${status.toLowerCase()}` }, icon(status === "COMPLETED" ? "tick" : "person"), t("forYou", { who })),
      h("p", { class: "faint" }, t(`others${status}`)),
    ];
  }

  answered() {
    const { status, reviewStatus } = this.block;
    const accepted = reviewStatus === "ACCEPTED" ? t("accepted") : t("done");
    const chip = status === "COMPLETED" ? h("p", { class: "chip completed" }, icon("tick"), accepted) : null;
    return [h("h2", { class: "title" }, this.named()), summary(this.block) ?? h("p", { class: "faint" }, t("noAnswer")), chip];
  }

  unknown() {
    return [h("h2", { class: "title" }, this.named()), this.text(), h("p", {}, t("unknownBlock"))];
  }

  asked() {
    const { given, block } = this;
    this.returned = h("div", { class: "returned", id: newId("returned") }, this.whatWasReturned());
    const text = this.text();
    const about = [this.returned.id, text?.id].filter(Boolean);
    this.editor = new EDITORS[block.base](block, (event) => this.changed(event), about, given);
    this.editor.value = given.unsent.has(block.id) ? given.unsent.value(block.id) : block.value;
    if (block.status === "IN_PROGRESS") this.editor.say(block.errors.map((each) => ({ ...each, message: told(each, block.config) })));
    return this.framed(text);
  }

  framed(text) {
    const title = [this.named(), this.extra()];
    if (!this.editor.grouped) {
      const label = h("label", { class: "title", for: this.editor.control.id }, title);
      return [label, this.returned, text, this.editor.element];
    }
    const legend = h("legend", { class: "title" }, title);
    return h("fieldset", {}, legend, this.returned, text, this.editor.element);
  }

  named() {
    return h("span", { lang: this.given.language(), dir: "auto" }, this.block.title);
  }

  extra() {
    return this.block.required ? null : h("span", { class: "faint optional" }, ` (${t("optional")})`);
  }

  /** What the block says beside its title. */
  text() {
    const text = beside(this.block);
    return text ? h("div", { class: "prose", id: newId("text") }, prose(text, this.given.language())) : null;
  }

  whatWasReturned() {
    const { reviewStatus, reviewComment } = this.block;
    if (reviewStatus !== "RETURNED") return [];
    return [h("p", {}, icon("alert"), h("strong", {}, t("returnedTitle"))), ...prose(reviewComment)];
  }

  changed(event) {
    const touched = (place) => !event || place.controls.includes(event.target);
    for (const place of this.editor.places.values()) if (place.marked && touched(place)) place.clear();
    this.given.noted(this.block, this.editor.value, event?.type === "change");
  }

  /** Say what is wrong, beside what it is about; refusals name the answer's parts below `input.value`. */
  say(errors) {
    this.element.classList.toggle("has-wrong", errors.length > 0);
    return this.editor?.say(errors);
  }

  focus() {
    if (this.editor) this.editor.focus();
  }

  get holdsFocus() {
    return this.element.contains(document.activeElement);
  }
}
