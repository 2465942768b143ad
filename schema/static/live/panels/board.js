// The board of a flow: how many are where, and who. It follows `onboardingBoard`; the list of flows follows the flows.

import { Away, serverNow } from "../../signed_in/api.js";
import { h, keyed, soon } from "../../signed_in/dom.js";
import { clock, whole } from "../../signed_in/times.js";
import { frame } from "./panel.js";

const FLOWS = `query Flows {
  flows(first: 200, where: { status: { ne: DRAFT } }, orderBy: [{ name: ASC }]) {
    nodes { id name status newHires(first: 1, where: { status: { in: [PENDING, ACTIVE] } }) { totalCount } }
  }
}`;
const FLOWS_CHANGED = `subscription FlowsChanged($after: String) {
  changed(type: "Flow", after: $after) { cursor event { id } }
}`;
const BOARD = `subscription Board($flow: ID!, $after: String) {
  onboardingBoard(flowId: $flow, after: $after) {
    cursor
    state { flowName notStarted completed stages { stageId name count newHires { id name percentage stuckDays } } }
  }
}`;
const CHOSEN = "workgraph.live.flow";
const SHOWN = 6;
const SILENT = 3;
const TRY_AGAIN_IN = 5_000;

export class Board {
  constructor({ follow, ask }) {
    Object.assign(this, { follow, ask, flow: null, rows: new Map(), figures: new Map() });
    this.choice = h("select", { id: "flow", on: { change: () => this.choose(this.choice.value) } });
    this.figureList = h("dl", { class: "figures" });
    this.body = h("tbody");
    this.caption = h("caption", { class: "unseen" });
    const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Stage, and who is at it"), h("th", { scope: "col" }, "People")));
    this.table = h("table", { class: "bars" }, this.caption, head, this.body);
    this.since = h("p", { class: "faint" });
    this.content = h("div", { hidden: true }, this.figureList, this.table, this.since);
    const control = h("div", { class: "controls" }, h("div", { class: "field" }, h("label", { for: "flow" }, "Flow"), this.choice));
    this.frame = frame("board", "Onboarding board", control, this.content);
    this.element = this.frame.element;
    this.frame.say("Looking for flows …");
    this.again = soon(() => this.ended || this.read(), 300);
    this.flows = follow(FLOWS_CHANGED, {}, { next: this.again, ended: (message, code) => this.frame.refuse(code, message) });
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    this.flows.stop();
    this.watched?.stop();
  }

  /** Read the flows, when the connection stands and whenever one of them changes. */
  async read() {
    try {
      const { flows } = await this.ask(FLOWS);
      if (!this.ended) this.offer(flows.nodes);
    } catch (error) {
      if (error instanceof Away) this.timer = setTimeout(this.again, TRY_AGAIN_IN);
      if (!this.flow) this.frame.refuse(error.code, error.message);
    }
  }

  offer(flows) {
    const named = flows.map(({ id, name, status }) => [id, status === "ARCHIVED" ? `${name} (archived)` : name]);
    const offered = JSON.stringify(named);
    if (offered !== this.offered) this.choice.replaceChildren(...named.map(([value, name]) => h("option", { value }, name)));
    this.offered = offered;
    this.choice.disabled = !flows.length;
    if (!flows.length) return this.leave("There is no published flow yet. It appears here as soon as there is one.");
    const wanted = this.flow ?? sessionStorage.getItem(CHOSEN);
    const { id } = flows.find((flow) => flow.id === wanted) ?? busiest(flows);
    this.choice.value = id;
    if (id !== this.flow) this.choose(id);
  }

  leave(why) {
    this.watched?.stop();
    this.watched = this.flow = null;
    this.content.hidden = true;
    this.frame.say(why);
  }

  choose(flow) {
    this.leave("One moment …");
    this.flow = flow;
    sessionStorage.setItem(CHOSEN, flow);
    for (const row of this.rows.values()) row.element.remove();
    this.rows.clear();
    const ended = (message, code) => (message ? this.refused(message, code) : this.leave("This flow has no board that you may see."));
    this.watched = this.follow(BOARD, { flow }, { next: ({ state }) => this.show(state), ended });
  }

  refused(message, code) {
    this.content.hidden = true;
    this.frame.refuse(code, message);
  }

  show({ flowName, notStarted, completed, stages }) {
    this.frame.say(null);
    this.content.hidden = false;
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
    this.tell(serverNow());
  }

  tell(now) {
    const time = h("time", { datetime: new Date(now).toISOString(), title: whole(now) }, clock(now));
    this.since.replaceChildren("As of ", time, ".");
  }
}

function busiest(flows) {
  const busy = ({ newHires }) => newHires?.totalCount ?? 0;
  return flows.reduce((best, flow) => (busy(flow) > busy(best) ? flow : best));
}

/** One number with its name. */
class Figure {
  constructor() {
    this.name = h("dt");
    this.count = h("dd");
    this.element = h("div", {}, this.name, this.count);
  }

  refresh({ id, count }) {
    this.name.textContent = id;
    this.count.textContent = String(count);
  }
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
    if (this.count !== undefined && this.count !== count) this.flash();
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

  flash() {
    this.element.classList.remove("changed");
    void this.element.offsetWidth; // so that the same animation runs again
    this.element.classList.add("changed");
  }
}

function person({ name, percentage, stuckDays }) {
  const silent = stuckDays >= SILENT && h("span", { class: "silent" }, `silent for ${stuckDays} days`);
  return h("li", {}, h("bdi", { class: "name" }, name), h("span", { class: "faint" }, ` ${percentage} %`), silent && " ", silent);
}
