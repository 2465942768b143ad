// Live: what is happening in the company, over the public API's subscriptions.

import { announce, at, h } from "./dom.js";
import { PANELS } from "./panels/index.js";
import { CodeAsked, signOn, signOnCode, taken } from "./session.js";
import { signingIn } from "./signing.js";
import { Socket } from "./socket.js";
import { Status } from "./status.js";

const WHO = "query Who { company { name } viewer { firstName lastName email } }";

let shown = null;

at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("main").focus();
});
addEventListener("online", () => shown?.socket.hurry());
document.addEventListener("visibilitychange", () => document.hidden || shown?.socket.hurry());

/** Show the form; say why, where somebody did not sign out themselves. */
function signedOut(why, challenge) {
  document.title = "Live";
  at("top").hidden = true;
  at("top").replaceChildren();
  at("main").replaceChildren(signingIn(why, signedIn, challenge));
  if (why) announce(why);
  (why ? at("title") : document.querySelector("main input:not([hidden] *)")).focus();
}

function signedIn(session) {
  const hurry = () => socket.hurry();
  const status = new Status(hurry);
  const socket = new Socket({
    authorization: (anew) => session.authorization(anew),
    told: (what) => (what.state === "over" ? leave(what.reason) : status.show(what)),
  });
  const may = { follow: (...what) => socket.follow(...what), ask: (...what) => session.ask(...what) };
  const panels = PANELS.map((Panel) => new Panel(may));
  session.renewed = () => socket.connect({ quietly: true });
  session.over = (error) => leave(error.message);
  shown = { session, socket, status, panels };
  at("top").replaceChildren(...head(status));
  at("top").hidden = false;
  at("main").replaceChildren(h("div", { class: "panels" }, ...panels.map(({ element }) => element)));
  at("title").focus();
  socket.connect();
  introduce(session);
}

function head(status) {
  const title = h("h1", { id: "title", tabindex: "-1" }, "Live");
  const out = h("button", { type: "button", class: "plain", on: { click: () => leave(undefined, { tell: true }) } }, "Sign out");
  return [h("div", { class: "who" }, title, h("p", { id: "person", class: "faint" })), status.element, out];
}

/** Say whose page it is; where that cannot be read, the page goes on without. */
async function introduce(session) {
  const found = await session.ask(WHO).catch(() => null);
  if (!found || shown?.session !== session) return;
  const { company, viewer } = found;
  if (company) at("title").textContent = company.name;
  if (company) document.title = `Live · ${company.name}`;
  if (viewer) at("person").textContent = `Live, for ${viewer.firstName} ${viewer.lastName}`;
}

function leave(why, { tell = false } = {}) {
  const { session, socket, status, panels } = shown;
  shown = null;
  for (const panel of panels) panel.end();
  status.end();
  socket.close();
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

const session = taken();
const code = signOnCode();
if (code) signedOn(code);
else if (session) signedIn(session);
else signedOut();
