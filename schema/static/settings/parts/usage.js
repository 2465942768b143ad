// How much a key was used, by day: a bar and a number for each.

import { h } from "../../signed_in/dom.js";
import { section } from "../pieces.js";

const NUMBER = new Intl.NumberFormat();
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

export function usage(days) {
  if (!days.length) return section("Use in the last 30 days", h("p", { class: "note" }, "It was not used."));
  const most = Math.max(1, ...days.map(({ requests }) => requests));
  const head = h("thead", {}, h("tr", {}, ...["Day", "Requests", "Refused", "Points"].map((name) => h("th", { scope: "col" }, name))));
  const rows = days.map(({ day, requests, refused, points }) => {
    const bar = h("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String(requests / most));
    const cells = [h("div", { class: "measure" }, h("span", { class: "number" }, NUMBER.format(requests)), bar), NUMBER.format(refused), NUMBER.format(points)];
    return h("tr", {}, h("th", { scope: "row" }, DAY.format(Date.parse(day))), ...cells.map((cell) => h("td", {}, cell)));
  });
  return section("Use in the last 30 days", h("table", { class: "usage" }, head, h("tbody", {}, ...rows)));
}
