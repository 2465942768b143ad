// What is to be sent, in order and one at a time. While the server is not reached, the first one is sent again and again,
// each time with the key it was given: whatever became of the tries before, it is done once.

import { Away, newKey } from "./api.js";

const LONGEST_PAUSE = 30;

export class Submissions {
  /** `told` hears "idle", "sending" or "away" whenever that changes. */
  constructor(ask, told) {
    this.ask = ask;
    this.told = told;
    this.waiting = [];
    this.running = false;
    this.sent = 0;
    this.state = "idle";
    this.sleepers = new Set();
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  /** Send a document's input; the promise ends with the payload, however long the connection is lost.
   *
   * Of submissions with the same slot only the newest is sent, as far as the earlier were not tried yet. `beside` holds
   * variables beside the input.
   */
  send(document, input, { slot = null, key = newKey(), beside = {} } = {}) {
    return new Promise((resolve, reject) => {
      const earlier = slot && this.waiting.find((each) => each.slot === slot && !each.tried);
      const enders = [...(earlier?.enders ?? []), { resolve, reject }];
      const variables = { ...beside, input: { ...input, idempotencyKey: key } };
      const submission = { document, variables, slot, enders, tried: false };
      if (earlier) this.waiting.splice(this.waiting.indexOf(earlier), 1);
      this.waiting.push(submission);
      this.run();
    });
  }

  /** Leave out what was not tried yet in a slot: something newer says more. */
  drop(slot) {
    const dropped = this.waiting.filter((each) => each.slot === slot && !each.tried);
    this.waiting = this.waiting.filter((each) => !dropped.includes(each));
    for (const each of dropped) for (const { resolve } of each.enders) resolve({ refusals: [], dropped: true });
  }

  get busy() {
    return this.waiting.length > 0;
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.waiting.length) await this.settle(this.waiting[0]);
    this.running = false;
    this.become("idle");
  }

  async settle(submission) {
    const { document, variables, enders } = submission;
    submission.tried = true;
    try {
      const payload = await this.persistently(() => this.ask(document, variables));
      this.sent += 1;
      for (const { resolve } of enders) resolve(payload);
    } catch (reason) {
      for (const { reject } of enders) reject(reason);
    }
    this.waiting.splice(this.waiting.indexOf(submission), 1);
  }

  /** Do something until the server is reached. */
  async persistently(act) {
    for (let tries = 0; ; tries += 1) {
      try {
        if (this.state !== "away") this.become("sending");
        const result = await act();
        this.become("sending");
        return result;
      } catch (reason) {
        if (!(reason instanceof Away)) throw reason;
        this.become("away");
        await this.pause(Math.max(reason.seconds, Math.min(2 ** tries, LONGEST_PAUSE) * (0.5 + Math.random() / 2)));
      }
    }
  }

  /** Look at something, as often as it takes; it waits for nothing that is to be sent. */
  async look(document) {
    const result = await this.persistently(() => this.ask(document));
    if (!this.running) this.become("idle");
    return result;
  }

  pause(seconds) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.sleepers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, seconds * 1000);
      this.sleepers.add(end);
    });
  }

  /** Try again at once: the browser says that there is a connection, or the person has come back. */
  wake() {
    for (const end of [...this.sleepers]) end();
  }

  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.told(state);
  }
}
