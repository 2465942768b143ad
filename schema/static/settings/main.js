// Settings: a company's people, programs and records, and one's own account, over the public API alone.

import { at, h } from "../signed_in/dom.js";
import { entrance, head, introduce } from "../signed_in/entrance.js";
import { acting } from "./acting.js";
import { PARTS } from "./parts/index.js";
import { button, view } from "./pieces.js";
import { routing } from "./routing.js";
import { whoIs } from "./who.js";

const TITLE = "Settings";

function show(session, leave, turn) {
  const ask = (...what) => session.ask(...what);
  const desk = { ask, act: acting(ask), session, turn, who: null, again: null };
  let routes = null;
  let isLeft = false;
  head({ title: TITLE, other: { name: "Live", address: "/live" }, leave });
  at("title").focus();

  async function begin() {
    at("main").replaceChildren(h("p", { class: "note alone" }, "One moment …"));
    try {
      desk.who = await whoIs(ask);
    } catch (error) {
      if (!isLeft) at("main").replaceChildren(h("div", { class: "note alone" }, h("p", {}, error.message), button("Try again", begin)));
      return;
    }
    if (isLeft) return;
    introduce(TITLE, desk.who);
    routes = routing({ parts: PARTS.filter(({ isFor }) => isFor(desk.who)), draw });
    at("main").replaceChildren(h("div", { class: "settings" }, routes.menu, h("div", { id: "content" })));
    routes.go();
  }

  function draw(part, rest) {
    for (const asking of document.querySelectorAll("dialog:has(form)")) asking.close(); // a secret stays, whatever is behind it
    const content = part.show(desk, rest) ?? view("There is nothing here");
    at("content").replaceChildren(content);
    document.title = `${part.name} · ${desk.who.company?.name ?? TITLE}`;
    at("heading").focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  desk.again = () => routes.go();
  begin();
  return () => {
    isLeft = true;
    routes?.end();
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  };
}

entrance({ title: TITLE, words: "People, programs and records of your company, and your own account. Sign in to go on.", show });
