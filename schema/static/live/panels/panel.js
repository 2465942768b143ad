// The frame of a panel: a region with a heading, what can be set, a line that says what is wrong, and the content.

import { h } from "../../signed_in/dom.js";

export function frame(id, title, ...content) {
  const note = h("p", { class: "note", hidden: true });
  const heading = h("h2", { id: `${id}-title` }, title);
  const element = h("section", { class: `sheet panel ${id}`, id, "aria-labelledby": `${id}-title` }, heading, note, ...content);
  return {
    element,
    say(text) {
      note.textContent = text ?? "";
      note.hidden = !text;
      element.classList.remove("refused");
    },
    /** Say why there is nothing to see; where it is for want of a permission, nothing else is shown. */
    refuse(code, message) {
      this.say(code === "FORBIDDEN" ? "Your roles do not let you see this." : message);
      element.classList.toggle("refused", code === "FORBIDDEN");
    },
  };
}
