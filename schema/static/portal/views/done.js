// The end: thanks, the first day, and what was sent, to look at.

import { h, icon } from "../dom.js";
import { day, dayOf, daysUntil, t } from "../words.js";

export function doneView(portal) {
  const { newHire, company, stages } = portal.session;
  const title = t("doneTitle", { name: newHire.firstName });
  const heading = h("h1", { tabindex: "-1" }, title);
  const ahead = newHire.startDate && daysUntil(newHire.startDate) >= 0;
  const next = ahead ? t("doneStart", { day: day(newHire.startDate) }) : t("doneStarted");
  const look = (stage) => h("button", { type: "button", class: "link", on: { click: () => portal.show(stage.id) } }, icon("tick"), h("span", { lang: portal.contentLanguage(), dir: "auto" }, stage.name));
  const element = h(
    "div",
    { class: "sheet end" },
    h("span", { class: "badge" }, icon("tick")),
    heading,
    h("p", { class: "lead" }, t("doneText", { company: company.name })),
    h("p", {}, next),
    newHire.completedAt && h("p", { class: "faint" }, t("doneWhen", { day: dayOf(newHire.completedAt) })),
    h("h2", {}, t("lookBack")),
    h("ul", { class: "back" }, stages.map((stage) => h("li", {}, look(stage)))),
  );
  return { title, heading, element };
}
