// The board of a flow: how many are where, and who. It follows `onboardingBoard`; the list of flows follows the flows.

import { h, keyed } from "../../signed_in/dom.js";
import { Chosen, Figure, flash } from "./chosen.js";

const FLOWS = `query Flows {
  flows(first: 200, where: { status: { ne: DRAFT } }, orderBy: [{ name: ASC }]) {
    nodes { id name status newHires(first: 1, where: { status: { in: [PENDING, ACTIVE] } }) { totalCount } }
  }
}`;
const FLOWS_CHANGED = `subscription FlowsChanged($after: String) {
  changed(type: "Flow", after: $after) { cursor event { id } }
}`;
const BOARD = `subscription Board($chosen: ID!, $after: String) {
  onboardingBoard(flowId: $chosen, after: $after) {
    cursor
    state { flowName notStarted completed stages { stageId name count newHires { id name percentage stuckDays } } }
  }
}`;
const TOLD = {
  id: "flow",
  label: "Flow",
  looking: "Looking for flows …",
  none: "There is no published flow yet. It appears here as soon as there is one.",
  gone: "This flow has no board that you may see.",
  changed: FLOWS_CHANGED,
  watch: BOARD,
};
const SHOWN = 6;
const SILENT = 3;

export class Board extends Chosen {
  constructor(may) {
    const [figureList, body, caption] = [h("dl", { class: "figures" }), h("tbody"), h("caption", { class: "unseen" })];
    const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Stage, and who is at it"), h("th", { scope: "col" }, "People")));
    const table = h("table", { class: "bars" }, caption, head, body);
    super(may, { name: "board", title: "Onboarding board", told: TOLD, shown: [figureList, table] });
    Object.assign(this, { figureList, body, caption, rows: new Map(), figures: new Map() });
  }

  async list(ask) {
    const { flows } = await ask(FLOWS);
    const named = ({ id, name, status }) => ({ id, name: status === "ARCHIVED" ? `${name} (archived)` : name });
    return { choices: flows.nodes.map(named), best: busiest(flows.nodes)?.id };
  }

  empty() {
    for (const row of this.rows.values()) row.element.remove();
    this.rows.clear();
  }

  show({ flowName, notStarted, completed, stages }) {
    this.caption.textContent = `How many new hires are where in ${flowName}`;
    const underWay = stages.reduce((sum, { count }) => sum + count, 0);
    const figures = [["Not started", notStarted], ["Under way", underWay], ["Completed", completed]];
    keyed(this.figureList, this.figures, figures.map(([id, count]) => ({ id, count })), () => new Figure());
    const places = [
      { id: "not started", name: "Not started", count: notStarted, outside: true },
      ...stages.map(({ stageId, ...stage }) => ({ id: stageId, ...stage })),
      { id: "completed", name: "Completed", count: completed, outside: true },
    ];
    const most = Math.max(1, ...places.map(({ count }) => count));
    keyed(this.body, this.rows, places.map((place) => ({ ...place, share: place.count / most })), () => new Place());
  }
}

function busiest(flows) {
  const busy = ({ newHires }) => newHires?.totalCount ?? 0;
  return flows.reduce((best, flow) => (best && busy(best) >= busy(flow) ? best : flow), null);
}

/** One row: a place on the board, how many are there as a number and as a bar, and who the first of them are. */
class Place {
  constructor() {
    this.name = h("span", { class: "place", dir: "auto" });
    this.people = h("ul", { class: "people", role: "list" });
    this.number = h("span", { class: "number" });
    this.bar = h("span", { class: "bar", "aria-hidden": "true" });
    this.element = h("tr", {}, h("th", { scope: "row" }, this.name, this.people), h("td", {}, h("div", { class: "measure" }, this.number, this.bar)));
  }

  refresh({ name, count, share, outside, newHires = [] }) {
    if (this.count !== undefined && this.count !== count) flash(this.element);
    this.count = count;
    this.element.classList.toggle("outside", Boolean(outside));
    this.name.textContent = name;
    this.number.textContent = String(count);
    this.bar.style.setProperty("--share", String(share));
    this.bar.classList.toggle("none", !count);
    this.people.hidden = !newHires.length;
    const more = count - Math.min(newHires.length, SHOWN);
    this.people.replaceChildren(...newHires.slice(0, SHOWN).map(person), ...(newHires.length && more > 0 ? [h("li", { class: "faint" }, `and ${more} more`)] : []));
  }
}

function person({ name, percentage, stuckDays }) {
  const silent = stuckDays >= SILENT && h("span", { class: "silent" }, `silent for ${stuckDays} days`);
  return h("li", {}, h("bdi", { class: "name" }, name), h("span", { class: "faint" }, ` ${percentage} %`), silent && " ", silent);
}
