// A client of graphql-transport-ws. A connection that is lost is made again, later and later; each subscription then goes
// on after the last message that it got (`after`), so that nothing is left out and nothing comes twice.

import { Away, PASSING } from "../signed_in/api.js";
import { Ended } from "../signed_in/session.js";

const NORMAL = 1000;
const SIGN_IN_AGAIN = 4403;
const FATAL = new Set([1009, 4400, 4401, 4406, 4409, 4429]);
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const STEADY_AFTER = 5_000;
const ACKNOWLEDGED_WITHIN = 15_000;
const LOOK_EVERY = 5_000;
const QUIET_FOR = 20_000;
const ANSWER_WITHIN = 10_000;
const UNKNOWN_CURSOR = "BAD_USER_INPUT";

/** How long to wait before the next try: twice as long each time, and not all clients at once. */
export function waitBefore(tries, random = Math.random()) {
  return Math.min(FIRST_WAIT * 2 ** tries, LONGEST_WAIT) * (0.5 + random / 2);
}

/** `authorization(anew)` gives the token; `told` is told of every change: connecting, live, waiting, stopped, over. */
export class Socket {
  constructor({ authorization, told }) {
    Object.assign(this, { authorization, told, tries: 0, watches: new Set(), running: new Map(), ids: 0 });
    this.anew = false;
    this.looking = setInterval(() => this.look(), LOOK_EVERY);
  }

  /**
   * Follow a subscription until it is stopped; `listener.next` gets what its one field sent. Returns what stops or changes it;
   * `anew` lets it begin again without its cursor, with a first message, when there is another connection.
   */
  follow(query, variables, listener) {
    const watch = { query, variables, listener, after: null, tries: 0 };
    this.watches.add(watch);
    if (this.live) this.start(watch);
    return { stop: () => this.stop(watch), change: (further) => this.change(watch, further), anew: () => (watch.after = null) };
  }

  stop(watch) {
    clearTimeout(watch.timer);
    this.watches.delete(watch);
    this.forget(watch, (id) => this.send({ id, type: "complete" }));
  }

  /** Go on with other variables, after the last message. */
  change(watch, further) {
    Object.assign(watch.variables, further);
    if (![...this.running.values()].includes(watch)) return;
    this.forget(watch, (id) => this.send({ id, type: "complete" }));
    this.start(watch);
  }

  forget(watch, then = () => null) {
    for (const [id, each] of this.running) if (each === watch) (this.running.delete(id), then(id));
  }

  start(watch) {
    const id = String((this.ids += 1));
    this.running.set(id, watch);
    const variables = { ...watch.variables, after: watch.after };
    this.send({ id, type: "subscribe", payload: { query: watch.query, variables } });
  }

  send(message) {
    this.socket?.send(JSON.stringify(message));
  }

  /** Connect; quietly, where it is only to go on with another token. */
  async connect({ quietly = false } = {}) {
    this.drop();
    const turn = (this.turn = Symbol("turn"));
    if (!quietly) this.told({ state: "connecting" });
    try {
      const authorization = await this.authorization(this.anew);
      if (turn !== this.turn) return;
      this.anew = false;
      this.open(authorization);
    } catch (error) {
      if (turn !== this.turn) return;
      this.turn = null;
      if (error instanceof Ended) this.finish({ state: "over", reason: error.message });
      else this.wait(error instanceof Away ? error.seconds * 1000 : 0);
    }
  }

  open(authorization) {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
    this.socket = socket;
    this.timer = setTimeout(() => this.lost(0, ""), ACKNOWLEDGED_WITHIN);
    const own = (act) => (event) => socket === this.socket && act(event);
    socket.onopen = own(() => this.send({ type: "connection_init", payload: { authorization } }));
    socket.onmessage = own(({ data }) => this.take(JSON.parse(data)));
    socket.onclose = own(({ code, reason }) => this.lost(code, reason));
  }

  /** Let go of the connection, and of whatever was to happen with it. */
  drop() {
    clearTimeout(this.timer);
    const { socket } = this;
    this.socket = this.turn = this.live = this.asked = null;
    this.running.clear();
    for (const watch of this.watches) clearTimeout(watch.timer);
    socket?.close(NORMAL);
  }

  finish(told) {
    this.drop();
    this.told(told);
  }

  /** End for good. */
  close() {
    clearInterval(this.looking);
    this.watches.clear();
    this.drop();
  }

  take(message) {
    this.heard = Date.now();
    this.asked = null;
    if (message.type === "connection_ack") this.acknowledged();
    if (message.type === "ping") this.send({ type: "pong", payload: message.payload });
    const watch = this.running.get(message.id);
    if (!watch) return;
    if (message.type === "next") this.next(watch, message.payload);
    if (message.type === "error") this.failed(watch, message.payload[0]);
    if (message.type === "complete") this.completed(watch);
  }

  acknowledged() {
    clearTimeout(this.timer);
    this.live = true;
    this.timer = setTimeout(() => (this.tries = 0), STEADY_AFTER);
    for (const watch of this.watches) this.start(watch);
    this.told({ state: "live" });
  }

  next(watch, { data, errors }) {
    const message = data && Object.values(data)[0];
    if (message) {
      watch.after = message.cursor;
      watch.tries = 0;
      watch.listener.next(message);
    } else if (errors?.length) this.failed(watch, errors[0]);
  }

  /** One subscription could not begin or go on. What may pass is tried again; the others go on meanwhile. */
  failed(watch, { message, extensions = {} }) {
    this.forget(watch);
    if (["TOKEN_EXPIRED", "UNAUTHENTICATED"].includes(extensions.code)) return this.lost(SIGN_IN_AGAIN, extensions.code);
    if (extensions.code === UNKNOWN_CURSOR && watch.after) {
      watch.after = null;
      watch.listener.lost?.();
      return this.start(watch);
    }
    if (!PASSING.has(extensions.code)) return watch.listener.ended?.(message, extensions.code); // until the next connection
    watch.timer = setTimeout(() => this.live && this.start(watch), waitBefore((watch.tries += 1)));
  }

  completed(watch) {
    this.forget(watch);
    this.watches.delete(watch);
    watch.listener.ended?.(null, null);
  }

  lost(code, reason) {
    this.drop();
    if (FATAL.has(code)) return this.told({ state: "stopped", reason: reason || `code ${code}` });
    if (code === SIGN_IN_AGAIN) this.anew = !reason.startsWith("FORBIDDEN");
    this.wait();
  }

  wait(atLeast = 0) {
    const milliseconds = Math.max(waitBefore(this.tries), atLeast);
    this.tries += 1;
    this.told({ state: "waiting", until: Date.now() + milliseconds });
    this.timer = setTimeout(() => this.connect(), milliseconds);
  }

  /** Do not wait any longer, where there is a reason to hope: the network is back, or a person says so. */
  hurry() {
    if (this.live || this.socket || this.turn) return;
    this.connect();
  }

  /** A connection over which nothing comes may be dead without anybody having been told: ask, and wait for an answer. */
  look() {
    if (!this.live) return;
    if (this.asked && Date.now() - this.asked > ANSWER_WITHIN) return this.lost(0, "");
    if (this.asked || Date.now() - this.heard < QUIET_FOR) return;
    this.asked = Date.now();
    this.send({ type: "ping" });
  }
}
