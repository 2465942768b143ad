// The form that signs in. Where the hostname names the company, nobody is asked for it.

import { h } from "./dom.js";
import { signIn } from "./session.js";

const COMPANIES = "workgraph.live.company";
const HINT = "Its short name. Leave it empty if you were given none.";

/** Make the form; `done` gets the session. */
export function signingIn(why, done) {
  const named = document.body.dataset.company === "named";
  const company = input("company", "text", "organization", { value: named ? "" : (sessionStorage.getItem(COMPANIES) ?? ""), "aria-describedby": "company-hint" });
  const email = input("email", "email", "username", { required: true, "aria-describedby": "wrong" });
  const password = input("password", "password", "current-password", { required: true, "aria-describedby": "wrong" });
  const wrong = h("p", { class: "bad", role: "alert", id: "wrong" }, why ?? "");
  const button = h("button", { type: "submit", class: "wide" }, "Sign in");
  const asked = h("div", { class: "field", hidden: named }, label(company, "Company"), company, h("p", { class: "faint", id: "company-hint" }, HINT));
  const form = h(
    "form",
    { novalidate: true },
    asked,
    h("div", { class: "field" }, label(email, "E-mail"), email),
    h("div", { class: "field" }, label(password, "Password"), password),
    wrong,
    button,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  function complain(text, field) {
    wrong.textContent = text;
    for (const each of [email, password]) each.toggleAttribute("aria-invalid", false);
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  }

  async function send() {
    if (button.getAttribute("aria-disabled") === "true") return;
    const empty = [email, password].find(({ value }) => !value.trim());
    if (empty) return complain(empty === email ? "Give your e-mail address." : "Give your password.", empty);
    complain("");
    wait(true);
    try {
      const session = await signIn(company.value.trim().toLowerCase(), email.value.trim(), password.value);
      sessionStorage.setItem(COMPANIES, session.company);
      done(session);
    } catch (error) {
      complain(error.message, password);
    } finally {
      wait(false);
    }
  }

  function wait(on) {
    button.setAttribute("aria-disabled", String(on));
    button.textContent = on ? "One moment …" : "Sign in";
  }

  const title = h("h1", { id: "title", tabindex: "-1" }, "Live");
  const words = h("p", { class: "faint" }, "What is happening in your company, as it happens. Sign in to look.");
  return h("section", { class: "sheet narrow", "aria-labelledby": "title" }, title, words, form);
}

function input(id, type, autocomplete, given) {
  return h("input", { id, name: id, type, autocomplete, autocapitalize: "none", spellcheck: "false", ...given });
}

function label(field, text) {
  return h("label", { for: field.id }, text);
}
