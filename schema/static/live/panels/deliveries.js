// What becomes of the company's webhook deliveries. They have no events of their own, which endpoints would be sent in turn:
// they are read when something happens that an endpoint asked for, then until nothing is due, and else now and then.

import { Away, serverNow } from "../../signed_in/api.js";
import { DeliveryRow, OUTCOMES, placeOf } from "../../signed_in/delivery.js";
import { h, keyed, soon } from "../../signed_in/dom.js";
import { clock, near, whole } from "../../signed_in/times.js";
import { frame } from "./panel.js";

const READ = `query Deliveries {
  webhookEndpoints(first: 200) { nodes { id url status events failingSince disabledReason } }
  webhookDeliveries(first: 100, orderBy: [{ id: DESC }]) {
    nodes {
      id endpointId eventType status attemptCount createdAt nextAttemptAt claimedUntil
      attempts { httpStatus error durationMs }
    }
  }
}`;
const ENDPOINTS_CHANGED = `subscription EndpointsChanged($after: String) {
  changed(type: "WebhookEndpoint", after: $after) { cursor event { id } }
}`;
const SOMETHING_TO_SEND = `subscription SomethingToSend($types: [String!], $after: String) {
  events(types: $types, after: $after) { cursor event { id } }
}`;
const MOST_TYPES = 50;
const FEW = 8;
const MANY = 50;
const TOGETHER = 700;
const SOONEST = 1_000;
const LATEST = 15_000;
const AT_REST = 30_000;
const TRY_AGAIN_IN = 5_000;

/** When to look again: at what is due soon and then more rarely, for what is due later at its time, else now and then. */
export function lookAgainIn(deliveries, now, looks) {
  const waiting = deliveries.filter(({ status }) => status === "PENDING");
  const due = waiting.map(({ claimedUntil, nextAttemptAt }) => (claimedUntil ? now : Date.parse(nextAttemptAt)));
  const first = Math.min(...due) - now;
  return first <= 0 ? Math.min(SOONEST * 2 ** looks, LATEST) : Math.min(first + SOONEST, AT_REST);
}

/** The types of events that somebody is sent; all, where they are too many to name. */
export function typesOf(endpoints) {
  const types = [...new Set(endpoints.filter(({ status }) => status === "ACTIVE").flatMap(({ events }) => events))].sort();
  return types.length > MOST_TYPES ? ["*"] : types;
}

export class Deliveries {
  constructor({ follow, ask }) {
    Object.assign(this, { follow, ask, items: [], looks: 0, limit: FEW, rows: new Map(), bars: new Map(), wrong: new Map(), types: "[]" });
    this.build();
    this.again = soon(() => this.read(), TOGETHER);
    this.happened = () => ((this.looks = 0), this.again());
    this.leave = new AbortController();
    const back = () => document.hidden || this.happened();
    document.addEventListener("visibilitychange", back, { signal: this.leave.signal });
    this.beat = setInterval(() => this.age(), 5_000);
    this.endpoints = follow(ENDPOINTS_CHANGED, {}, { next: this.happened, ended: (message, code) => this.refused(message, code) });
  }

  build() {
    this.problems = h("ul", { class: "problems", role: "list" });
    this.caption = h("caption");
    this.body = h("tbody");
    const head = h("thead", { class: "unseen" }, h("tr", {}, h("th", { scope: "col" }, "What became of them"), h("th", { scope: "col" }, "Deliveries")));
    this.table = h("table", { class: "outcomes" }, this.caption, head, this.body);
    this.list = h("ol", { class: "deliveries", role: "list", "aria-label": "The last deliveries" });
    this.more = h("button", { type: "button", class: "plain", on: { click: () => this.fold() } });
    this.since = h("p", { class: "faint" });
    this.content = h("div", { class: "content" }, this.table, this.list, this.more, this.since);
    this.frame = frame("webhooks", "Webhook deliveries", this.problems, this.content);
    this.element = this.frame.element;
    this.element.hidden = true; // until it is known that one may see it
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    clearInterval(this.beat);
    this.leave.abort();
    this.endpoints.stop();
    this.events?.stop();
  }

  /** Who may not see deliveries is shown nothing of them; after a change of roles there is another connection. */
  refused(message, code) {
    if (this.ended) return;
    this.stopReading();
    this.endpoints.anew(); // whoever may see it later is told so by a first message
    this.element.hidden = code === "FORBIDDEN" || this.element.hidden;
    if (code !== "FORBIDDEN") this.frame.say(message);
  }

  stopReading() {
    clearTimeout(this.timer);
    this.events?.stop();
    this.events = null;
    this.types = "[]";
  }

  async read() {
    if (this.ended) return;
    if (this.reading) return this.again();
    clearTimeout(this.timer);
    this.reading = true;
    try {
      const { webhookEndpoints, webhookDeliveries } = await this.ask(READ);
      if (!this.ended) this.show(webhookEndpoints.nodes, webhookDeliveries.nodes);
    } catch (error) {
      if (error instanceof Away) this.lookIn(TRY_AGAIN_IN);
      else this.refused(error.message, error.code);
    } finally {
      this.reading = false;
    }
  }

  /** A page that nobody looks at reads nothing; it does as soon as somebody looks. */
  lookIn(milliseconds) {
    clearTimeout(this.timer);
    if (!this.ended) this.timer = setTimeout(() => (document.hidden ? this.lookIn(AT_REST) : this.read()), milliseconds);
  }

  show(endpoints, deliveries) {
    const now = serverNow();
    this.element.hidden = false;
    this.followTypes(typesOf(endpoints));
    this.complain(endpoints);
    const named = new Map(endpoints.map(({ id, url }) => [id, placeOf(url)]));
    this.items = deliveries.map((each) => ({ ...each, endpoint: named.get(each.endpointId) ?? "an endpoint that is gone" }));
    this.frame.say(emptiness(endpoints, deliveries));
    this.content.hidden = !deliveries.length;
    this.draw(now);
    this.lookIn(lookAgainIn(deliveries, now, this.looks));
    this.looks += 1;
  }

  followTypes(types) {
    const text = JSON.stringify(types);
    if (text === this.types) return;
    this.types = text;
    this.events?.stop();
    this.events = types.length ? this.follow(SOMETHING_TO_SEND, { types }, { next: this.happened }) : null;
  }

  complain(endpoints) {
    const wrong = endpoints.filter(({ status, failingSince }) => status !== "ACTIVE" || failingSince);
    this.problems.hidden = !wrong.length;
    keyed(this.problems, this.wrong, wrong, () => new Problem());
  }

  draw(now) {
    const counts = OUTCOMES.map(({ id, name }) => ({ id, name, count: this.items.filter(({ status }) => status === id).length }));
    const most = Math.max(1, ...counts.map(({ count }) => count));
    this.caption.textContent = this.items.length === 1 ? "The only delivery" : `The last ${this.items.length} deliveries`;
    keyed(this.body, this.bars, counts.map((each) => ({ ...each, share: each.count / most })), () => new Outcome());
    keyed(this.list, this.rows, this.items.slice(0, this.limit).map((each) => ({ ...each, now })), (item) => new DeliveryRow(item));
    this.more.hidden = this.items.length <= FEW;
    this.more.textContent = this.limit === FEW ? `Show ${Math.min(this.items.length, MANY)}` : `Show the last ${FEW} only`;
    this.more.setAttribute("aria-expanded", String(this.limit !== FEW));
    const time = h("time", { datetime: new Date(now).toISOString(), title: whole(now) }, clock(now));
    this.since.replaceChildren("As of ", time, ".");
  }

  fold() {
    this.limit = this.limit === FEW ? MANY : FEW;
    this.draw(serverNow());
  }

  age() {
    if (document.hidden) return;
    const now = serverNow();
    for (const row of this.rows.values()) row.age(now);
  }
}

/** Say why there is nothing, where there is nothing. */
function emptiness(endpoints, deliveries) {
  if (deliveries.length) return null;
  return endpoints.length ? "Nothing has been sent yet." : "There is no webhook endpoint yet. What is sent to one appears here.";
}

/** An endpoint that is sent nothing, or fails. */
class Problem {
  constructor() {
    this.name = h("bdi", { class: "name" });
    this.words = h("span");
    this.element = h("li", {}, this.name, " ", this.words);
  }

  refresh({ url, status, failingSince, disabledReason }) {
    this.name.textContent = placeOf(url);
    const failing = failingSince ? `has failed since ${near(Date.parse(failingSince), serverNow())}.` : "";
    this.words.textContent = { PAUSED: "is paused.", DISABLED: `was given up: ${disabledReason}` }[status] ?? failing;
  }
}

/** One row of the chart: what became of deliveries, of how many, as a number and as a bar. */
class Outcome {
  constructor() {
    this.name = h("th", { scope: "row" });
    this.number = h("span", { class: "number" });
    this.bar = h("span", { class: "bar", "aria-hidden": "true" });
    this.element = h("tr", {}, this.name, h("td", {}, h("div", { class: "measure" }, this.number, this.bar)));
  }

  refresh({ id, name, count, share }) {
    this.element.dataset.status = id;
    this.name.textContent = name;
    this.number.textContent = String(count);
    this.bar.style.setProperty("--share", String(share));
    this.bar.classList.toggle("none", !count);
  }
}
