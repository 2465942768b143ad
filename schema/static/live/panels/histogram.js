// How many events there were in each ten seconds of the last ten minutes: a drawing with a name, and the same as a table.

import { drawn, h } from "../../signed_in/dom.js";
import { clock } from "../../signed_in/times.js";

const SLOT = 10_000;
const SLOTS = 60;
const HEIGHT = 100;
const STEP = 10;

const slotOf = (moment) => Math.floor(moment / SLOT);

/** The next round number, so that the scale does not move with every event. */
export function scale(most) {
  const size = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return Math.max([1, 2, 5, 10].map((step) => step * size).find((each) => each >= most), 5);
}

export class Histogram {
  constructor() {
    this.counts = new Map();
    this.bars = Array.from({ length: SLOTS }, (_, place) => drawn("rect", { x: place * STEP + 1, width: STEP - 2, y: HEIGHT, height: 0 }));
    this.before = drawn("rect", { class: "before", x: 0, y: 0, width: SLOTS * STEP, height: HEIGHT });
    const lines = [0, HEIGHT / 2, HEIGHT].map((y) => drawn("line", { x1: 0, x2: SLOTS * STEP, y1: y, y2: y }));
    this.picture = drawn("svg", { viewBox: `0 0 ${SLOTS * STEP} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }, this.before, ...lines, ...this.bars);
    this.most = h("span", { class: "most", "aria-hidden": "true" });
    this.table = h("tbody");
    const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Ten seconds from"), h("th", { scope: "col" }, "Events")));
    this.fold = h("details", { on: { toggle: () => this.draw(this.now) } }, h("summary", {}, "The same as a table"), h("table", { class: "numbers" }, head, this.table));
    const axis = h("div", { class: "axis", "aria-hidden": "true" }, h("span", {}, "10 min ago"), h("span", {}, "5 min ago"), h("span", {}, "now"));
    this.counted = h("span");
    const caption = h("figcaption", {}, "Events per ten seconds, in the last ten minutes", this.counted);
    this.element = h("figure", { class: "histogram" }, caption, h("div", { class: "plot" }, this.most, this.picture), axis, this.fold);
    this.draw(Date.now());
  }

  /** Say from when on events were counted: nothing is known of the time before. */
  begin(moment) {
    this.began = slotOf(moment);
    this.counted.textContent = `; counted since ${clock(moment)}`;
    this.draw(moment);
  }

  count(moment) {
    const slot = slotOf(moment);
    this.counts.set(slot, (this.counts.get(slot) ?? 0) + 1);
  }

  draw(now) {
    this.now = now;
    const last = slotOf(now);
    const first = last - SLOTS + 1;
    for (const slot of this.counts.keys()) if (slot < first) this.counts.delete(slot);
    const counts = this.bars.map((_, place) => this.at(first + place, last));
    const top = scale(Math.max(...counts));
    counts.forEach((count, place) => this.raise(this.bars[place], (count / top) * HEIGHT));
    this.most.textContent = String(top);
    this.before.setAttribute("width", String(Math.max(Math.min((this.began ?? last + 1) - first, SLOTS), 0) * STEP));
    this.name(counts, first);
  }

  /** What an other clock has put ahead of ours belongs to now. */
  at(slot, last) {
    if (slot < last) return this.counts.get(slot) ?? 0;
    return [...this.counts].reduce((sum, [each, count]) => (each >= last ? sum + count : sum), 0);
  }

  raise(bar, height) {
    const text = height.toFixed(1);
    if (bar.getAttribute("height") === text) return;
    bar.setAttribute("height", text);
    bar.setAttribute("y", (HEIGHT - height).toFixed(1));
  }

  name(counts, first) {
    const all = counts.reduce((sum, count) => sum + count, 0);
    const most = Math.max(...counts);
    const peak = most ? `; at most ${most}, from ${clock((first + counts.lastIndexOf(most)) * SLOT)}` : "";
    const text = `Bar chart: ${all} events in the last ten minutes${peak}`;
    if (this.picture.getAttribute("aria-label") !== text) this.picture.setAttribute("aria-label", text);
    if (this.fold.open) this.list(counts, first);
  }

  list(counts, first) {
    const rows = counts.map((count, place) => ({ count, slot: first + place })).filter(({ count }) => count).reverse();
    const text = rows.map(({ slot, count }) => `${slot}:${count}`).join();
    if (text === this.listed) return;
    this.listed = text;
    const none = h("tr", {}, h("td", { colspan: "2" }, "Nothing has happened."));
    this.table.replaceChildren(...(rows.length ? rows.map(({ slot, count }) => h("tr", {}, h("th", { scope: "row" }, clock(slot * SLOT)), h("td", {}, String(count)))) : [none]));
  }
}
