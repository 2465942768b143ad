// Answers of one control: text, number, date, time.

import { h, newId } from "../dom.js";
import { day, number, t } from "../words.js";
import { Editor, hint } from "./editor.js";

class Field extends Editor {
  constructor(block, changed, about) {
    super(block, changed, about);
    this.hint = hint(...this.hints());
    this.control = this.make({ id: newId("field"), required: block.required, on: { input: changed, change: changed } });
    const wrapped = this.wrapped();
    const place = this.place("", [this.control], [...this.about, this.hint?.id, this.unit?.id].filter(Boolean));
    this.element = h("div", { class: "field" }, this.hint, wrapped, place.note);
  }

  get grouped() {
    return false;
  }

  hints() {
    return [];
  }

  wrapped() {
    return this.control;
  }

  get value() {
    return this.control.value.trim() === "" ? null : this.control.value;
  }

  set value(value) {
    this.control.value = value ?? "";
  }

  /** A browser gives no value for half a date; that is not the same as none. */
  lacking() {
    return this.control.validity?.badInput ? [{ path: [], message: this.halfway }] : super.lacking();
  }
}

export class TextInput extends Field {
  make(given) {
    const { placeholder, max_length: longest } = this.config;
    return h("input", { ...given, type: "text", placeholder, maxlength: longest, dir: "auto" });
  }

  hints() {
    const { min_length: min, max_length: max, pattern_hint: form } = this.config;
    const both = min && max && t("lengthBoth", { min: number(min), max: number(max) });
    return [form, both || (min && t("lengthMin", { n: min })) || (max && max <= 2000 && t("lengthMax", { n: max }))];
  }
}

export class TextArea extends TextInput {
  make(given) {
    const { placeholder, max_length: longest } = this.config;
    return h("textarea", { ...given, rows: 4, placeholder, maxlength: longest, dir: "auto" });
  }
}

/** What a hint says of a least and a greatest value. */
function range({ min, max }, write) {
  const given = { min: min !== undefined && min !== null && write(min), max: max !== undefined && max !== null && write(max) };
  if (given.min && given.max) return t("rangeBoth", given);
  return (given.min && t("rangeMin", given)) || (given.max && t("rangeMax", given));
}

export class NumberInput extends Field {
  make(given) {
    const { min, max, step = "any" } = this.config;
    const whole = Number.isInteger(step);
    return h("input", { ...given, type: "number", inputmode: whole ? "numeric" : "decimal", min, max, step });
  }

  wrapped() {
    if (!this.config.unit) return this.control;
    this.unit = h("span", { id: newId("unit") }, this.config.unit);
    return h("div", { class: "with-unit" }, this.control, this.unit);
  }

  hints() {
    return [range(this.config, (value) => number(value))];
  }

  get value() {
    return Number.isNaN(this.control.valueAsNumber) ? null : this.control.valueAsNumber;
  }

  set value(value) {
    this.control.value = value ?? "";
  }

  get halfway() {
    return t("notNumber");
  }
}

export class DateInput extends Field {
  make(given) {
    return h("input", { ...given, type: "date", min: this.config.min, max: this.config.max ?? "9999-12-31" });
  }

  hints() {
    return [range(this.config, day)];
  }

  get halfway() {
    return t("notDate");
  }
}

export class TimeInput extends Field {
  make(given) {
    return h("input", { ...given, type: "time", min: this.config.min, max: this.config.max });
  }

  hints() {
    return [range(this.config, (value) => value)];
  }

  get value() {
    return this.control.value ? this.control.value.slice(0, 5) : null;
  }

  set value(value) {
    this.control.value = value ?? "";
  }

  get halfway() {
    return t("notTime");
  }
}
