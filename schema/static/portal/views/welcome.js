// The first page: who is welcomed where, and what comes.

import { h } from "../dom.js";
import { prose } from "../prose.js";
import { day, lasting, t } from "../words.js";

export function welcomeView(portal) {
  const { newHire, company, stages } = portal.session;
  const title = t("hello", { name: newHire.firstName });
  const heading = h("h1", { tabindex: "-1" }, title);
  const begin = h("button", { type: "button", class: "button wide" }, t("begin"));
  const view = { title, heading, element: null, connected: (there) => wait(begin, view.busy, there) };
  begin.addEventListener("click", () => act(view, begin, portal));
  view.element = h(
    "div",
    { class: "sheet welcome" },
    h("div", { class: "hero" }, heading, h("p", { class: "lead" }, t("helloAt", { company: company.name })), prose(company.description, portal.contentLanguage())),
    facts(newHire),
    h("h2", {}, t("whatComes", { n: stages.length })),
    h("ol", { class: "plan" }, stages.map((stage) => planned(stage, portal))),
    h("p", { class: "faint" }, t("beginNote")),
    begin,
  );
  return view;
}

async function act(view, begin, portal) {
  if (view.busy) return;
  view.busy = true;
  wait(begin, true, portal.reached);
  await portal.start();
}

function wait(button, busy, there) {
  button.setAttribute("aria-disabled", String(Boolean(busy)));
  button.textContent = busy ? t(there ? "sending" : "sendsLater") : t("begin");
}

function facts({ startDate, position, department }) {
  const rows = [["yourStart", startDate && day(startDate)], ["yourPosition", position], ["yourDepartment", department]];
  const given = rows.filter(([, value]) => value);
  if (!given.length) return null;
  return h("dl", { class: "facts wide-facts" }, given.map(([name, value]) => h("div", {}, h("dt", {}, t(name)), h("dd", { dir: "auto" }, value))));
}

function planned({ name, opensOn, status, estimatedMinutes: minutes }, portal) {
  const notes = [minutes > 0 && lasting(minutes), status === "UPCOMING" && t("statusUPCOMING", { day: day(opensOn) })];
  const note = notes.filter(Boolean).join(" · ");
  return h("li", {}, h("strong", { lang: portal.contentLanguage(), dir: "auto" }, name), note && h("span", { class: "faint" }, note));
}

