// Coming in and going out: the form, the session that there is already, and what is shown to who is signed in.

import { announce, at, h } from "./dom.js";
import { CodeAsked, signOn, signOnCode, taken } from "./session.js";
import { signingIn } from "./signing.js";

/** Begin the page. `show` gets the session and what leaves, fills `top` and `main`, and returns what lets go of everything. */
export function entrance({ title, words, show }) {
  let shown = null;

  /** Show the form; say why, where somebody did not sign out themselves. */
  function signedOut(why, brought) {
    document.title = title;
    at("top").hidden = true;
    at("top").replaceChildren();
    at("main").replaceChildren(signingIn({ title, words, why, done: signedIn, brought }));
    if (why) announce(why);
    (why ? at("title") : document.querySelector("main input:not([hidden] *)")).focus();
  }

  function signedIn(session) {
    session.over = (error) => leave(error.message);
    shown = { session, end: show(session, leave) };
  }

  function leave(why, { tell = false } = {}) {
    if (!shown) return;
    const { session, end } = shown;
    shown = null;
    end();
    session.end({ tell });
    signedOut(why);
  }

  /** Go on with who comes back from the company's provider. */
  async function signedOn(code) {
    try {
      signedIn(await signOn(code));
    } catch (error) {
      signedOut(error.message, error instanceof CodeAsked ? error.challenge : null);
    }
  }

  at("skip").addEventListener("click", (event) => {
    event.preventDefault();
    at("main").focus();
  });
  const code = signOnCode();
  const session = taken();
  if (code) session?.end({ tell: true }); // who signs in anew is not also who they were
  if (code) signedOn(code);
  else if (session) signedIn(session);
  else signedOut();
}

/** What stands above the content: whose page it is, the other page, and the way out. */
export function head({ title, other, leave }, ...further) {
  const heading = h("h1", { id: "title", tabindex: "-1" }, title);
  const out = h("button", { type: "button", class: "plain", on: { click: () => leave(undefined, { tell: true }) } }, "Sign out");
  const link = h("a", { class: "beside", href: other.address }, other.name);
  at("top").replaceChildren(h("div", { class: "who" }, heading, h("p", { id: "person", class: "faint" })), link, ...further, out);
  at("top").hidden = false;
}

/** Say whose page it is. */
export function introduce(title, { company, viewer }) {
  if (company) at("title").textContent = company.name;
  if (company) document.title = `${title} · ${company.name}`;
  if (viewer) at("person").textContent = `${title}, for ${viewer.firstName} ${viewer.lastName}`;
}
