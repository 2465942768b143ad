// One delivery in the list: what became of it, what was sent where, and how its last attempt went.

import { h } from "./dom.js";
import { ago, clock, near, whole } from "./times.js";

/** What a delivery can have become, in the order of the chart. */
export const OUTCOMES = [
  { id: "SUCCEEDED", name: "Delivered" },
  { id: "PENDING", name: "Waiting" },
  { id: "DEAD", name: "Given up" },
  { id: "SKIPPED", name: "Left out" },
];
const NAMES = Object.fromEntries(OUTCOMES.map(({ id, name }) => [id, name]));

export class DeliveryRow {
  constructor(item) {
    this.at = Date.parse(item.createdAt);
    this.relative = h("span", { class: "ago" });
    this.outcome = h("strong", { class: "outcome" });
    this.where = h("bdi", { class: "name" });
    this.attempts = h("p", { class: "faint attempts" });
    const time = h("time", { datetime: item.createdAt, title: whole(this.at) }, clock(this.at), " · ", this.relative);
    const head = h("div", { class: "event-head" }, this.outcome, time);
    const about = h("p", { class: "about" }, h("code", { class: "type" }, item.eventType), " to ", this.where);
    this.element = h("li", { class: "delivery", "data-delivery": item.id }, head, about, this.attempts);
  }

  refresh({ status, endpoint, now, ...item }) {
    this.element.dataset.status = status;
    this.outcome.textContent = NAMES[status] ?? status;
    this.where.textContent = endpoint;
    this.attempts.textContent = told({ status, ...item }, now);
    this.age(now);
  }

  age(now) {
    const text = ago(this.at, now);
    if (this.relative.textContent !== text) this.relative.textContent = text;
  }
}

/** How the attempts went: how many, what came of the last one, and when there is another. */
export function told({ status, attemptCount, attempts, claimedUntil, nextAttemptAt }, now) {
  const last = attempts.at(-1);
  const count = attemptCount === 1 ? "1 attempt" : `${attemptCount} attempts`;
  const answer = last && (last.httpStatus === null ? last.error : `HTTP ${last.httpStatus} in ${last.durationMs} ms`);
  const parts = [status === "SKIPPED" ? "The endpoint's filter does not want it" : count, status !== "SKIPPED" && answer, status === "PENDING" && next(claimedUntil, nextAttemptAt, now)];
  return parts.filter(Boolean).map((part) => part.replace(/\.$/, "")).join(" · ");
}

function next(claimedUntil, nextAttemptAt, now) {
  if (claimedUntil) return "being sent";
  const at = Date.parse(nextAttemptAt);
  return at <= now ? "due now" : `next at ${near(at, now)}`;
}

/** An address without what is the same in all: people tell them apart by host and path. */
export function placeOf(url) {
  const { host, pathname } = new URL(url);
  return pathname === "/" ? host : host + pathname;
}
