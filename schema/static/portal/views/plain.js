// Pages of a few words: no link, a link that ended, something that went wrong.

import { at, h } from "../dom.js";
import { t } from "../words.js";

function showPlain(title, paragraphs, ...more) {
  at("top").hidden = at("stages").hidden = true;
  at("notices").replaceChildren();
  document.title = title;
  const heading = h("h1", { tabindex: "-1" }, title);
  at("main").replaceChildren(h("div", { class: "plain" }, heading, paragraphs.map((each) => h("p", {}, each)), more));
  heading.focus();
}

export function showNoLink() {
  showPlain(t("noLinkTitle"), [t("noLinkText"), t("noLinkMore")]);
}

export function showEnded() {
  showPlain(t("endedTitle"), [t("endedText"), t("endedMore")]);
}

export function showBroken({ incident }) {
  const again = h("button", { type: "button", class: "button", on: { click: () => location.reload() } }, t("again"));
  const number = incident ? h("p", { class: "faint" }, t("incident", { incident })) : null;
  showPlain(t("brokenTitle"), [t("brokenText")], number, again);
}
