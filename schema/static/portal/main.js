// The portal: a new hire's own onboarding, opened by the link of the mail they got.

import { asker, LinkEnded } from "./api.js";
import { at, h } from "./dom.js";
import { Portal } from "./portal.js";
import { forgetAll, isToken, takeToken } from "./token.js";
import { showBroken, showEnded, showNoLink } from "./views/plain.js";
import { speak, t } from "./words.js";

speak(...(navigator.languages ?? [navigator.language]));
at("skip").textContent = t("skip");
at("skip").addEventListener("click", (event) => {
  event.preventDefault(); // what stands behind "#" is for the link's token alone
  at("main").focus();
});
addEventListener("hashchange", () => isToken(location.hash.slice(1)) && open());
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof LinkEnded) event.preventDefault();
  stop(event.reason);
});
addEventListener("error", ({ error }) => error && stop(error));

let opened = 0;

async function open() {
  opened += 1;
  const token = takeToken();
  if (!token) return showNoLink();
  if (opened > 1) return location.reload(); // another link in the same tab: nothing of the first is left in memory
  at("waiting").replaceChildren(h("span", { class: "spinner" }), h("span", {}, t("loading")));
  return new Portal(asker(token)).open();
}

/** Something ended that nothing waits for: the link, or our own mistake. */
function stop(reason) {
  if (reason instanceof LinkEnded) {
    forgetAll();
    return showEnded();
  }
  return showBroken(reason ?? {});
}

open();
