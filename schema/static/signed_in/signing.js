// The form that signs in. Where the hostname names the company, nobody is asked for it.

import { Away } from "./api.js";
import { h } from "./dom.js";
import { CodeAsked, completeSignIn, signIn, signOnAddresses } from "./session.js";

const COMPANIES = "workgraph.company";
const MISSING = { email: "Give your e-mail address.", password: "Give your password.", code: "Give a code." };
const HINT = "Its short name. Leave it empty if you were given none.";

/** Make the form; `done` gets the session. Who has signed on and is asked for a code has `brought` the challenge along. */
export function signingIn({ title, words, why, done, brought = null }) {
  const named = document.body.dataset.company === "named";
  const company = input("company", "text", "organization", { value: named ? "" : (sessionStorage.getItem(COMPANIES) ?? ""), "aria-describedby": "company-hint" });
  const email = input("email", "email", "username", { required: true, "aria-describedby": "wrong" });
  const password = input("password", "password", "current-password", { required: true, "aria-describedby": "wrong" });
  const code = input("code", "text", "one-time-code", { "aria-describedby": "wrong" });
  const second = h("div", { class: "field", hidden: true }, label(code, "Code"), code);
  let challenge = null;
  const wrong = h("p", { class: "bad", role: "alert", id: "wrong" }, why ?? "");
  const others = h("div", { class: "others", hidden: true });
  const button = h("button", { type: "submit", class: "wide" }, "Sign in");
  const asked = h("div", { class: "field", hidden: named }, label(company, "Company"), company, h("p", { class: "faint", id: "company-hint" }, HINT));
  const first = [
    h("div", { class: "field" }, label(email, "E-mail"), email),
    h("div", { class: "field" }, label(password, "Password"), password),
  ];
  const form = h(
    "form",
    { novalidate: true },
    asked,
    first,
    second,
    wrong,
    button,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  function complain(text, field) {
    wrong.textContent = text;
    for (const each of [email, password, code]) each.removeAttribute("aria-invalid");
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  }

  async function send() {
    if (button.getAttribute("aria-disabled") === "true") return;
    const empty = (challenge ? [code] : [email, password]).find(({ value }) => !value.trim());
    if (empty) return complain(MISSING[empty.id], empty);
    complain("");
    wait(true);
    try {
      const session = await begun(company.value.trim().toLowerCase());
      sessionStorage.setItem(COMPANIES, session.company);
      done(session);
    } catch (error) {
      const isAsked = error instanceof CodeAsked;
      const stays = error.code === "WRONG_CODE" || error instanceof Away;
      ask(isAsked ? error.challenge : stays ? challenge : null);
      complain(error.message, challenge ? code : password);
      if (isAsked) code.removeAttribute("aria-invalid");
    } finally {
      wait(false);
    }
  }

  const begun = (named) =>
    challenge ? completeSignIn(named, challenge, code.value.trim()) : signIn(named, email.value.trim(), password.value);

  /** Ask for a code where there is a challenge; whoever types another name or password begins anew. */
  function ask(asked) {
    challenge = asked;
    second.hidden = !asked;
    for (const each of first) each.hidden = Boolean(brought && asked);
    code.value = "";
  }
  for (const each of [company, email, password]) each.addEventListener("input", () => ask(null));
  if (brought) ask(brought);

  /** Offer the providers of the company that is named, if it has some. */
  async function offer() {
    const named = company.value.trim().toLowerCase();
    const found = await signOnAddresses(named);
    if (named !== company.value.trim().toLowerCase()) return;
    others.hidden = !found.length;
    others.replaceChildren(...found.map(({ name, address }) => h("a", { class: "button", href: address }, `Sign in with ${name}`)));
  }
  company.addEventListener("change", offer);
  offer();

  function wait(on) {
    button.setAttribute("aria-disabled", String(on));
    button.textContent = on ? "One moment …" : "Sign in";
  }

  const heading = h("h1", { id: "title", tabindex: "-1" }, title);
  return h("section", { class: "sheet narrow", "aria-labelledby": "title" }, heading, h("p", { class: "faint" }, words), form, others);
}

function input(id, type, autocomplete, given) {
  return h("input", { id, name: id, type, autocomplete, autocapitalize: "none", spellcheck: "false", ...given });
}

function label(field, text) {
  return h("label", { for: field.id }, text);
}
