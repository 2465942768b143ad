// The objectives of a cycle: how far each is, and how it fares. It follows `okrBoard`; the list of cycles follows the cycles.

import { h, keyed } from "../../signed_in/dom.js";
import { Chosen, Figure, flash } from "./chosen.js";

const CYCLES = `query Cycles {
  performanceCycles(first: 100, where: { status: { ne: DRAFT } }, orderBy: [{ startsOn: DESC }, { name: ASC }]) { nodes { id name status } }
}`;
const CYCLES_CHANGED = `subscription CyclesChanged($after: String) {
  changed(type: "PerformanceCycle", after: $after) { cursor event { id } }
}`;
const BOARD = `subscription Objectives($chosen: ID!, $after: String) {
  okrBoard(cycleId: $chosen, after: $after) {
    cursor
    state {
      cycleName expectedProgress onTrack atRisk offTrack
      rows { ownerName cells { okrId objective status progress health } }
    }
  }
}`;
const TOLD = {
  id: "cycle",
  label: "Cycle",
  looking: "Looking for cycles …",
  none: "There is no cycle yet.",
  gone: "This cycle has no objectives that you may see.",
  changed: CYCLES_CHANGED,
  watch: BOARD,
};
const OVER = ["RELEASED", "CLOSED"];
const FARES = { ON_TRACK: "on track", AT_RISK: "at risk", OFF_TRACK: "off track" };

export class Objectives extends Chosen {
  constructor(may) {
    const [figureList, body, caption] = [h("dl", { class: "figures" }), h("tbody"), h("caption", { class: "unseen" })];
    const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Objective, and whose it is"), h("th", { scope: "col" }, "Progress")));
    const table = h("table", { class: "bars" }, caption, head, body);
    const expected = h("p", { class: "faint" });
    super(may, { name: "objectives", title: "Objectives", told: TOLD, shown: [figureList, expected, table] });
    Object.assign(this, { figureList, body, caption, expected, rows: new Map(), figures: new Map() });
  }

  /** Who sees the objectives of some people only is not told of cycles; they are read once, then. */
  unfollowed(message, code) {
    if (code === "FORBIDDEN") return this.again();
    return super.unfollowed(message, code);
  }

  async list(ask) {
    const { performanceCycles } = await ask(CYCLES);
    const choices = performanceCycles.nodes.map(({ id, name, status }) => ({ id, name: OVER.includes(status) ? `${name} (over)` : name }));
    const best = performanceCycles.nodes.find(({ status }) => !OVER.includes(status)) ?? performanceCycles.nodes[0];
    return { choices, best: best?.id };
  }

  empty() {
    for (const row of this.rows.values()) row.element.remove();
    this.rows.clear();
  }

  show({ cycleName, expectedProgress, onTrack, atRisk, offTrack, rows }) {
    this.caption.textContent = `How far the objectives of ${cycleName} are`;
    const figures = [["On track", onTrack], ["At risk", atRisk], ["Off track", offTrack]];
    keyed(this.figureList, this.figures, figures.map(([id, count]) => ({ id, count })), () => new Figure());
    const days = percent(expectedProgress);
    this.expected.textContent = rows.length ? `${days} of the time is over: so much can be expected, as the mark shows.` : "No objective is active yet.";
    const cells = rows.flatMap(({ ownerName, cells }) => cells.map(({ okrId, ...cell }) => ({ id: okrId, ownerName, ...cell, expectedProgress })));
    keyed(this.body, this.rows, cells, () => new Objective());
  }
}

const percent = (number) => `${Math.round(Number(number))} %`;

/** One row: an objective and whose it is, its progress as a number and as a bar, and in words how it fares. */
class Objective {
  constructor() {
    this.name = h("span", { class: "place", dir: "auto" });
    this.owner = h("bdi");
    this.fares = h("span", { class: "fares" });
    this.number = h("span", { class: "number" });
    this.bar = h("span", { class: "bar", "aria-hidden": "true" });
    const beside = h("p", { class: "people" }, this.owner, this.fares);
    this.element = h("tr", {}, h("th", { scope: "row" }, this.name, beside), h("td", {}, h("div", { class: "measure" }, this.number, this.bar)));
  }

  refresh({ objective, ownerName, status, progress, health, expectedProgress }) {
    if (this.progress !== undefined && this.progress !== progress) flash(this.element);
    this.progress = progress;
    this.name.textContent = objective;
    this.owner.textContent = ownerName;
    this.fares.textContent = FARES[health] ?? status.toLowerCase();
    this.element.dataset.health = health ?? status;
    this.number.textContent = percent(progress);
    this.bar.style.setProperty("--share", String(Number(progress) / 100));
    this.bar.style.setProperty("--mark", String(Number(expectedProgress) / 100));
    this.bar.classList.toggle("none", !Number(progress));
  }
}
