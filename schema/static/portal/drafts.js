// Saves what a person writes, a moment after they stop writing. An answer is kept as unsent until the server has it.

import { SAVE } from "./api.js";

const MOMENT = 800;

export class Drafts {
  /** `heard` is called with a block and what came of saving it: its errors, or the refusals. */
  constructor(submissions, unsent, heard) {
    this.submissions = submissions;
    this.unsent = unsent;
    this.heard = heard;
    this.timers = new Map();
    const hurry = () => document.hidden && this.hurry();
    document.addEventListener("visibilitychange", hurry);
    addEventListener("pagehide", () => this.hurry());
  }

  /** Note an answer; it is saved when nothing newer comes for a moment. */
  note(block, stage, value) {
    this.unsent.put(block, value);
    clearTimeout(this.timers.get(block)?.timer);
    const timer = setTimeout(() => this.save(block), MOMENT);
    this.timers.set(block, { timer, stage });
  }

  /** Take up what an earlier life of the page could not send. */
  resume(block, stage) {
    this.timers.set(block, { timer: 0, stage });
    this.save(block);
  }

  hurry() {
    for (const block of [...this.timers.keys()]) this.save(block);
  }

  /** Leave saving a block: its answer is sent in another way. */
  leave(block) {
    clearTimeout(this.timers.get(block)?.timer);
    this.timers.delete(block);
    this.submissions.drop(slotOf(block));
  }

  async save(block) {
    const { timer, stage } = this.timers.get(block);
    const entry = this.unsent.get(block);
    clearTimeout(timer);
    this.timers.delete(block);
    if (!entry) return;
    const input = { contentBlockId: block, value: entry.value };
    const payload = await this.submissions.send(SAVE, input, { slot: slotOf(block), key: entry.key, beside: { stage } });
    if (payload.dropped) return;
    this.unsent.acknowledge(block, entry);
    const found = payload.session?.stage?.blocks.find((each) => each.id === block);
    this.heard(block, { errors: found?.errors ?? [], refusals: payload.refusals });
  }

  get busy() {
    return this.timers.size > 0;
  }
}

function slotOf(block) {
  return `save ${block}`;
}
