// Answers that the server has not acknowledged yet, with the key that each is sent with. They are personal: they are kept
// for this tab alone, go when they are acknowledged, and go with the token.

import { newKey } from "./api.js";
import { keep, read } from "./token.js";

const PLACE = "workgraph.portal.unsent";

export class Unsent {
  constructor() {
    this.entries = new Map(Object.entries(parsed(read(PLACE))));
  }

  has(block) {
    return this.entries.has(block);
  }

  value(block) {
    return this.entries.get(block)?.value;
  }

  /** Keep an answer, and return the entry that a later `acknowledge` names. */
  put(block, value) {
    const entry = { value, key: newKey() };
    this.entries.set(block, entry);
    this.store();
    return entry;
  }

  get(block) {
    return this.entries.get(block);
  }

  /** Forget an answer, unless a newer one has taken its place. */
  acknowledge(block, entry = this.entries.get(block)) {
    if (this.entries.get(block) !== entry) return;
    this.entries.delete(block);
    this.store();
  }

  /** Forget answers to blocks that are not asked any more. */
  retain(blocks) {
    for (const block of this.entries.keys()) if (!blocks.has(block)) this.entries.delete(block);
    this.store();
  }

  store() {
    keep(PLACE, JSON.stringify(Object.fromEntries(this.entries)));
  }
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
