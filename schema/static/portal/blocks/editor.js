// What every way to answer a block has in common: a value, and places beside its controls where it is said what is wrong.

import { h, icon, newId } from "../dom.js";
import { t } from "../words.js";

/** Controls, and the line beside them that says what is wrong with them. */
export class Place {
  constructor(controls, describedBy = []) {
    this.controls = controls;
    this.describedBy = describedBy;
    this.note = h("p", { class: "wrong", id: newId("wrong"), hidden: true });
    this.clear();
  }

  say(message) {
    this.note.replaceChildren(icon("alert"), h("span", {}, message));
    this.show(true);
  }

  clear() {
    this.note.replaceChildren();
    this.show(false);
  }

  get marked() {
    return !this.note.hidden;
  }

  show(wrong) {
    this.note.hidden = !wrong;
    const described = [...this.describedBy, ...(wrong ? [this.note.id] : [])].join(" ");
    for (const control of this.controls) {
      setOrRemove(control, "aria-invalid", wrong && control.type !== "button" && "true");
      setOrRemove(control, "aria-describedby", described);
    }
  }

  focus() {
    const live = this.controls.filter((control) => !control.disabled);
    (live.find((control) => control.checked) ?? live[0])?.focus();
  }
}

function setOrRemove(control, name, value) {
  if (value) control.setAttribute(name, value);
  else control.removeAttribute(name);
}

export class Editor {
  /** `changed` is called whenever the value is another; `about` has the ids of what describes the controls. */
  constructor(block, changed, about = []) {
    this.block = block;
    this.config = block.config ?? {};
    this.changed = changed;
    this.about = about;
    this.places = new Map();
  }

  /** Whether it has several controls, which a legend names, and not one with a label. */
  get grouped() {
    return true;
  }

  /** Make a place for a part of the value; "" is the whole value. */
  place(name, controls, describedBy = this.about) {
    const place = new Place(controls, describedBy);
    this.places.set(plain(name), place);
    return place;
  }

  /** Say what is wrong, each beside what it is about, and return the first place. */
  say(errors) {
    this.clear();
    for (const { path, message } of errors) this.placeOf(path).say(message);
    return [...this.places.values()].find((place) => place.marked);
  }

  placeOf(path) {
    const named = path.map(plain).find((key) => key && this.places.has(key));
    return this.places.get(named ?? "") ?? this.places.values().next().value;
  }

  clear() {
    for (const place of this.places.values()) place.clear();
  }

  /** What can be told to be wrong before anything is sent. */
  lacking() {
    return this.value === null && this.block.required ? [{ path: [], message: this.missing }] : [];
  }

  get missing() {
    return t("missing");
  }

  focus() {
    this.places.values().next().value.focus();
  }
}

/** A name without the ways in which its words may be joined: the API writes documentNumber for document_number. */
function plain(name) {
  return String(name).replace(/_/g, "").toLowerCase();
}

/** A hint under a title, if there is something to say. */
export function hint(...texts) {
  const text = texts.filter(Boolean).join(" ");
  return text ? h("p", { class: "hint", id: newId("hint") }, text) : null;
}
