// Everything is there: one button ends the onboarding.

import { h, icon } from "../dom.js";
import { t } from "../words.js";

export function finishView(portal) {
  const title = t("finishTitle");
  const heading = h("h1", { tabindex: "-1" }, title);
  const finish = h("button", { type: "button", class: "button wide" }, t("finish"));
  const view = { title, heading, busy: false };
  view.connected = (there) => {
    finish.setAttribute("aria-disabled", String(view.busy));
    finish.textContent = view.busy ? t(there ? "sending" : "sendsLater") : t("finish");
  };
  finish.addEventListener("click", () => {
    if (view.busy) return;
    view.busy = true;
    view.connected(portal.reached);
    portal.finish();
  });
  const badge = h("span", { class: "badge" }, icon("tick"));
  view.element = h("div", { class: "sheet end" }, badge, heading, h("p", { class: "lead" }, t("finishText")), finish);
  return view;
}
