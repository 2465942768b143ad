// Live: what is happening in the company, over the public API's subscriptions.

import { at, h } from "../signed_in/dom.js";
import { entrance, head, introduce } from "../signed_in/entrance.js";
import { PANELS } from "./panels/index.js";
import { Socket } from "./socket.js";
import { Status } from "./status.js";

const TITLE = "Live";
const WHO = "query Who { company { name } viewer { firstName lastName email } }";

let shown = null;

addEventListener("online", () => shown?.hurry());
document.addEventListener("visibilitychange", () => document.hidden || shown?.hurry());

function show(session, leave) {
  const hurry = () => socket.hurry();
  const status = new Status(hurry);
  const socket = new Socket({
    authorization: (anew) => session.authorization(anew),
    told: (what) => (what.state === "over" ? leave(what.reason) : status.show(what)),
  });
  const may = { follow: (...what) => socket.follow(...what), ask: (...what) => session.ask(...what) };
  const panels = PANELS.map((Panel) => new Panel(may));
  session.renewed = () => socket.connect({ quietly: true });
  shown = socket;
  head({ title: TITLE, other: { name: "Settings", address: "/settings" }, leave }, status.element);
  at("main").replaceChildren(h("div", { class: "panels" }, ...panels.map(({ element }) => element)));
  at("title").focus();
  socket.connect();
  tellWho(session, socket);
  return () => {
    shown = null;
    for (const panel of panels) panel.end();
    status.end();
    socket.close();
  };
}

/** Say whose page it is; where that cannot be read, the page goes on without. */
async function tellWho(session, socket) {
  const found = await session.ask(WHO).catch(() => null);
  if (found && shown === socket) introduce(TITLE, found);
}

entrance({ title: TITLE, words: "What is happening in your company, as it happens. Sign in to look.", show });
