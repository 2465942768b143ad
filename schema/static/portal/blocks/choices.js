// Answers that are chosen: one of several, several of several, a checklist, a quiz.

import { h, newId } from "../dom.js";
import { number, percent, t } from "../words.js";
import { Editor, hint } from "./editor.js";

/** Options with round or square marks, under one name. */
function marks(kind, options, changed) {
  const name = newId("choice");
  return options.map(({ value, label, note }) => {
    const control = h("input", { type: kind, name, id: newId("option"), value, on: { change: changed } });
    const text = h("span", {}, label, note && h("span", { class: "faint" }, ` (${note})`));
    return { value, control, row: h("label", { class: "option", for: control.id, dir: "auto" }, control, text) };
  });
}

const LONG = 6;

/** One of several: marks where they are few and one must be chosen, else a list that opens. */
export class Select extends Editor {
  constructor(block, changed, about) {
    super(block, changed, about);
    this.options = this.config.options ?? [];
    if (this.grouped) this.asMarks();
    else this.asList();
  }

  get grouped() {
    return this.block.required && (this.config.options ?? []).length <= LONG;
  }

  asMarks() {
    this.marks = marks("radio", this.options, this.changed);
    const place = this.place("", this.marks.map(({ control }) => control));
    this.element = h("div", { class: "options" }, this.marks.map(({ row }) => row), place.note);
  }

  asList() {
    const options = this.options.map(({ value, label }) => h("option", { value }, label));
    const none = h("option", { value: "" }, t("choose"));
    this.control = h("select", { id: newId("field"), required: this.block.required, on: { change: this.changed } }, none, options);
    const place = this.place("", [this.control]);
    this.element = h("div", { class: "field" }, this.control, place.note);
  }

  get value() {
    if (this.control) return this.control.value || null;
    return this.marks.find(({ control }) => control.checked)?.value ?? null;
  }

  set value(value) {
    if (this.control) this.control.value = value ?? "";
    else for (const mark of this.marks) mark.control.checked = mark.value === value;
  }

  get missing() {
    return t("missingChoice");
  }
}

class Several extends Editor {
  constructor(block, changed, about) {
    super(block, changed, about);
    this.hint = hint(this.says());
    this.marks = marks("checkbox", this.options(), changed);
    const place = this.place("", this.marks.map(({ control }) => control), this.hint ? [...about, this.hint.id] : about);
    this.element = h("div", { class: "options" }, this.hint, this.marks.map(({ row }) => row), place.note);
  }

  get chosen() {
    return this.marks.filter(({ control }) => control.checked).map(({ value }) => value);
  }

  choose(values) {
    for (const mark of this.marks) mark.control.checked = Array.isArray(values) && values.includes(mark.value);
  }

  get missing() {
    return t("missingChoices");
  }
}

export class MultiSelect extends Several {
  options() {
    return this.config.options ?? [];
  }

  says() {
    const { min_selected: min, max_selected: max } = this.config;
    if (min && max) return t("chooseBoth", { min: number(min), max: number(max) });
    return (min && t("chooseMin", { min: number(min) })) || (max && t("chooseMax", { max: number(max) }));
  }

  get value() {
    return this.chosen.length ? this.chosen : null;
  }

  set value(value) {
    this.choose(value);
  }
}

export class Checklist extends Several {
  options() {
    const items = this.config.items ?? [];
    const some = items.some(({ required }) => required);
    return items.map(({ id, label, required }) => ({ value: id, label, note: some && !required && t("optional") }));
  }

  says() {
    return null;
  }

  get value() {
    return this.chosen.length ? { checked: this.chosen } : null;
  }

  set value(value) {
    this.choose(value?.checked);
  }
}

export class Quiz extends Editor {
  constructor(block, changed, about) {
    super(block, changed, about);
    const score = this.config.pass_score;
    this.hint = hint(score && t("passScore", { score: percent(score) }));
    this.questions = (this.config.questions ?? []).map((question, at) => this.question(question, at));
    this.whole = this.place("", this.questions.flatMap(({ marks: all }) => all.map(({ control }) => control)));
    this.element = h("div", { class: "quiz" }, this.hint, this.questions.map(({ row }) => row), this.whole.note);
  }

  question({ id, text, options = [] }, at) {
    const all = marks("radio", options.map((option) => ({ value: option.id, label: option.label })), this.changed);
    const place = this.place(id, all.map(({ control }) => control));
    const legend = h("legend", { dir: "auto" }, h("span", { class: "faint" }, `${t("question", { n: at + 1 })} `), text);
    const row = h("fieldset", { class: "question" }, legend, h("div", { class: "options" }, all.map((mark) => mark.row)), place.note);
    return { id, marks: all, row };
  }

  get answers() {
    const chosen = this.questions.map(({ id, marks: all }) => [id, all.find(({ control }) => control.checked)?.value]);
    return Object.fromEntries(chosen.filter(([, value]) => value !== undefined));
  }

  get value() {
    return Object.keys(this.answers).length ? { answers: this.answers } : null;
  }

  set value(value) {
    for (const { id, marks: all } of this.questions)
      for (const mark of all) mark.control.checked = value?.answers?.[id] === mark.value;
  }

  lacking() {
    if (this.value === null && !this.block.required) return [];
    const open = this.questions.filter(({ id }) => !(id in this.answers));
    return open.map(({ id }) => ({ path: [id], message: t("missingChoice") }));
  }
}
