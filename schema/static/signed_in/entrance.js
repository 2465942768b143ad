// Coming in and going out: the form, the session that there is already, and what is shown to who is signed in.

import { ActingFor } from "./acting_for.js";
import { banner, notice } from "./banner.js";
import { announce, at, h } from "./dom.js";
import { CodeAsked, signOn, signOnCode, taken } from "./session.js";
import { signingIn } from "./signing.js";

/**
 * Begin the page. `show` gets who asks, what leaves, and what begins to act for somebody; it fills `top` and `main`, and
 * returns what lets go of everything. Who asks is the session, or for as long as somebody is acted for, what acts.
 */
export function entrance({ title, words, show }) {
  let own = null;
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
    own = session;
    own.over = (error) => leave(error.message);
    own.turned = (held) => held?.id !== own.acting?.id && turn(held);
    draw();
  }

  /** Show the page as who is acted for, or as who is signed in; `why` says what has brought them back. */
  function draw(why) {
    if (!own.acting) {
      shown = { end: show(own, leave, turn) };
      if (why) at("top").prepend(notice(why));
      return;
    }
    const acting = new ActingFor(own.acting);
    const back = (reason) => shown?.acting === acting && turn(null, reason);
    acting.over = back;
    const shows = show(acting, (reason, { tell = false } = {}) => (tell ? leave(reason, { tell }) : back(reason)), turn);
    const above = banner(acting, back);
    at("top").prepend(above.element);
    announce(above.text);
    shown = { acting, end: () => (above.end(), acting.letGo(), shows()) };
  }

  /** Begin to act with what the tab is to hold of it, or stop; what the address named was for who was shown before. */
  function turn(held, why) {
    if (!shown) return;
    shown.end();
    shown = null;
    own.acting = held;
    own.renewed = null;
    history.replaceState(null, "", location.pathname);
    draw(why);
  }

  function leave(why, { tell = false } = {}) {
    if (!shown) return;
    const { acting, end } = shown;
    shown = null;
    end();
    own.end({ tell, before: tell && acting?.stop().catch(() => null) });
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
