// Acts: mutations of the public API, and how it says no.

import { Away, Refused } from "../signed_in/api.js";
import { Ended } from "../signed_in/session.js";

/** Where a value of a document is wrong, as the message begins: the field at which it is shown says that better. */
const PLACE = /^Variable '\$\w+' has invalid value at \.[\w.[\]]+: (\w+: )?/;

/** The API did not do it, for reasons that it words: each may name the field of the input that it is about. */
export class Declined extends Error {
  constructor(refusals) {
    super(refusals.map(({ message }) => message).join(" "));
    this.refusals = refusals;
  }
}

const sentence = (message) => message.replace(PLACE, "").replace(/^\p{Ll}/u, (first) => first.toUpperCase());

/** What went wrong, as refusals: those of the business and those of the document's values look alike to a person. */
export function refusalsOf(error) {
  if (error instanceof Declined) return error.refusals;
  if (error instanceof Refused) return [{ code: error.code, message: sentence(error.message), path: error.path }];
  if (error instanceof Away || error instanceof Ended) return [{ code: "AWAY", message: error.message, path: [] }];
  throw error;
}

/**
 * Return what does a mutation and resolves to its payload. With `once`, the same input that is sent again after a lost
 * connection is done once: it goes with the same key until there is an answer.
 */
export function acting(ask) {
  const under = new Map();
  return async function act(field, input, shown = "", { once = true } = {}) {
    const type = `${field[0].toUpperCase()}${field.slice(1)}Input`;
    const query = `mutation Act($input: ${type}!) { ${field}(input: $input) { ${shown} refusals { code message path } } }`;
    const named = JSON.stringify([field, input]);
    if (once && !under.has(named)) under.set(named, aKey());
    try {
      const { [field]: payload } = await ask(query, { input: once ? { ...input, idempotencyKey: under.get(named) } : input });
      under.delete(named);
      if (payload.refusals.length) throw new Declined(payload.refusals);
      return payload;
    } catch (error) {
      if (!(error instanceof Away)) under.delete(named);
      throw error;
    }
  };
}

function aKey() {
  return `settings-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
