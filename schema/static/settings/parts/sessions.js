// One's own sessions: where one is signed in, ending one, and ending all but this one.

import { h } from "../../signed_in/dom.js";
import { asking, reading, view } from "../pieces.js";
import { sessionRow } from "./sessions_of.js";

const MINE = "query Mine { mySessions { id begunAt lastUsedAt address userAgent current } }";

export const sessions = {
  id: "sessions",
  name: "Sessions",
  group: "You",
  isFor: (who) => Boolean(who.user),
  show: (desk) => view("Sessions", {}, h("div", { class: "sheet" }, reading(async () => (await desk.ask(MINE)).mySessions, (found, again) => shown(desk, found, again)))),
};

function shown(desk, found, again) {
  const others = {
    title: "End all other sessions?",
    words: "Everywhere but here, you will have to sign in again.",
    send: () => desk.act("revokeOtherSessions", {}, "", { once: false }),
    said: "All other sessions are ended.",
  };
  const sorted = found.toSorted((one, other) => other.current - one.current);
  const rows = h("ul", { class: "rows", role: "list", "aria-label": "Your sessions" }, ...sorted.map((session) => sessionRow(desk, session, again)));
  return [rows, h("div", { class: "acts below" }, found.some(({ current }) => !current) ? asking("End all others", others, again) : null)];
}
