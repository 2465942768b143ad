// The stream of events: newest first, as many as anybody would read, and how many there were in the last minutes.

import { serverNow } from "../../signed_in/api.js";
import { announce, h, keyed, soon } from "../../signed_in/dom.js";
import { clock } from "../../signed_in/times.js";
import { EventRow, GapRow } from "./event.js";
import { Histogram } from "./histogram.js";
import { frame } from "./panel.js";

const EVENTS = `subscription Events($after: String, $names: Boolean!) {
  events(types: ["*"], after: $after) {
    cursor
    gap { missed reason }
    event {
      id type occurredAt data
      actor { kind }
      subject {
        type
        node @include(if: $names) { ... on NewHire { fullName } ... on Flow { name } ... on Stage { name } ... on Team { name } }
      }
    }
  }
}`;
const SHOWN = 200;
const REMEMBERED = 2_000;
const LATE = 5_000;
const CALM = 30_000;
const HINT = "onboarding.* shows all that begin so; any other text is looked for in the type.";

/** Return what tells whether an event's type is among those that a filter names, separated by commas. */
export function matching(text) {
  const wanted = text.toLowerCase().split(/[\s,]+/).filter(Boolean);
  const one = (type) => (part) => (part.endsWith("*") ? type.startsWith(part.slice(0, -1)) : type.includes(part));
  return (type) => !wanted.length || wanted.some(one(type));
}

/** Whether there is time for names: each costs the server a look. Events that come late are followed without, for a while. */
export class Pace {
  constructor() {
    this.names = true;
    this.until = 0;
  }

  /** Tell whether that is another now, as an event comes so late. */
  turns(late, now) {
    const before = this.names;
    if (late > LATE) this.until = now + CALM;
    this.names = now >= this.until;
    return this.names !== before;
  }
}

export class Stream {
  constructor({ follow }) {
    Object.assign(this, { items: [], rows: new Map(), types: new Set(), gaps: 0, paused: false, unseen: 0 });
    this.chart = new Histogram();
    this.pace = new Pace();
    this.build();
    this.drawSoon = soon(() => this.draw());
    this.beats = [setInterval(() => this.chart.draw(serverNow()), 1000), setInterval(() => this.age(), 5000)];
    this.frame.say("Waiting for the connection …");
    const ended = (message, code) => this.frame.refuse(code, message ?? "The stream has ended.");
    this.followed = follow(EVENTS, { names: true }, { next: (message) => this.take(message), lost: () => this.gap(), ended });
  }

  build() {
    this.known = h("datalist", { id: "types" });
    this.filter = h("input", {
      ...{ id: "filter", type: "search", autocomplete: "off", autocapitalize: "none", spellcheck: "false", list: "types" },
      ...{ placeholder: "onboarding.*", "aria-describedby": "filter-hint", on: { input: () => this.draw() } },
    });
    this.button = h("button", { type: "button", on: { click: () => this.pause() } }, "Pause");
    this.count = h("p", { class: "faint", id: "count" });
    this.list = h("ol", { class: "events", role: "list" });
    const field = h("div", { class: "field" }, h("label", { for: "filter" }, "Filter by type"), this.filter);
    const hint = h("p", { class: "faint", id: "filter-hint" }, HINT);
    this.frame = frame("stream", "Events", this.chart.element, h("div", { class: "controls" }, field, this.button), hint, this.known, this.count, this.list);
    this.element = this.frame.element;
  }

  end() {
    this.followed.stop();
    this.beats.forEach(clearInterval);
  }

  take({ event, gap }) {
    this.frame.say(null);
    if (!this.since) this.chart.begin((this.since = serverNow()));
    if (gap) this.gap(gap);
    if (event) this.add({ id: event.id, type: event.type, at: Date.parse(event.occurredAt), event });
    this.drawSoon();
    if (event && this.pace.turns(serverNow() - Date.parse(event.occurredAt), Date.now())) this.followed.change({ names: this.pace.names });
  }

  /** Show that events are missing here; how many is not known where the log itself is another one. */
  gap({ missed = null, reason = "The log does not know the place where you were; this page goes on with what happens now." } = {}) {
    const what = missed === null ? "Events are missing here" : missed === 1 ? "One event is missing here" : `${missed} events are missing here`;
    this.gaps += 1;
    this.add({ id: `gap-${this.gaps}`, at: serverNow(), gap: { what, reason } });
    announce(`${what}. ${reason}`);
    this.drawSoon();
  }

  add(item) {
    this.items.unshift(item);
    this.items.length = Math.min(this.items.length, REMEMBERED);
    if (this.paused) this.unseen += 1;
    if (!item.event) return;
    this.chart.count(item.at);
    if (!this.types.has(item.type)) this.known.append(h("option", { value: item.type }));
    this.types.add(item.type);
  }

  pause() {
    this.paused = !this.paused;
    this.held = this.paused ? [...this.items] : null;
    this.unseen = 0;
    this.draw();
    announce(this.paused ? "The list is paused; events are kept meanwhile." : "The list goes on.");
  }

  draw() {
    const fits = matching(this.filter.value);
    const all = this.held ?? this.items;
    const found = all.filter(({ event, type }) => !event || fits(type));
    const now = serverNow();
    keyed(this.list, this.rows, found.slice(0, SHOWN), (item) => (item.event ? new EventRow(item, now) : new GapRow(item, now)));
    this.button.textContent = this.paused ? `Resume${this.unseen ? ` (${this.unseen} new)` : ""}` : "Pause";
    this.count.textContent = this.words(Math.min(found.length, SHOWN), all.length);
    this.chart.draw(now);
  }

  words(shown, all) {
    if (!all) return `Nothing has happened since ${clock(this.since ?? serverNow())}.`;
    return shown === all ? `${all} since ${clock(this.since)}, newest first.` : `${shown} of ${all} since ${clock(this.since)}, newest first.`;
  }

  age() {
    if (document.hidden) return;
    const now = serverNow();
    for (const row of this.rows.values()) row.age(now);
  }
}
