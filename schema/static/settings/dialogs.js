// Dialogs: what is asked before something is destroyed, forms of their own, and secrets that are shown once.

import { h } from "../signed_in/dom.js";
import { form } from "./forms.js";

let made = 0;

/** Open a dialog with a heading; it is gone when it is closed, and the focus is where it was. */
function opened(title, ...content) {
  made += 1;
  const heading = h("h2", { id: `dialog-${made}` }, title);
  const element = h("dialog", { "aria-labelledby": heading.id }, heading, ...content);
  const before = document.activeElement;
  element.addEventListener("close", () => {
    element.remove();
    (before?.isConnected ? before : document.getElementById("heading"))?.focus();
  });
  document.body.append(element);
  element.showModal();
  return element;
}

/** Ask before it is done; what the API says against it is shown there. Resolves to whether it was done. */
export function askedFirst({ title, words, submit, send, said, fields = [], danger = true }) {
  return new Promise((resolve) => {
    let isDone = false;
    const close = () => dialog.close();
    const done = (found) => {
      isDone = true;
      close();
      resolve({ found });
    };
    const asked = form({ label: title, fields, submit, send, done, said, cancel: close, danger });
    const dialog = opened(title, h("p", {}, words), asked.element);
    dialog.addEventListener("close", () => isDone || resolve(null));
    asked.focus();
  });
}

/** Show a secret, this once: who closes the dialog has it or never will. */
export function revealed({ title, words, name, secret }) {
  return new Promise((resolve) => {
    const said = h("p", { class: "good", role: "status" });
    const shown = h("output", { class: "secret", tabindex: "0", "aria-label": name }, secret ?? "");
    const copy = h("button", { type: "button" }, "Copy");
    copy.addEventListener("click", () => copied(shown, said));
    const close = h("button", { type: "button", class: "plain" }, "I have kept it");
    const dialog = opened(title, h("p", {}, words), shown, h("div", { class: "acts" }, copy, close), said);
    close.addEventListener("click", () => dialog.close());
    dialog.setAttribute("closedby", "none");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
    dialog.addEventListener("close", () => {
      shown.textContent = "";
      resolve();
    });
    copy.focus();
  });
}

/** Put a text on the clipboard; where the browser does not let us, mark it so that the person can. */
async function copied(shown, said) {
  try {
    await navigator.clipboard.writeText(shown.textContent);
    said.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(shown);
    said.textContent = "Marked; copy it with your keyboard.";
  }
}
