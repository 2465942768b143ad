// The public API over HTTP.

/** The server answered that it will not; where it is about a value that was given, `path` leads to it from `input` down. */
export class Refused extends Error {
  constructor(message, code, path = []) {
    super(message);
    Object.assign(this, { code, path });
  }
}

/** The server was not reached, or cannot answer now: the same again may succeed. */
export class Away extends Error {
  constructor(message, seconds = 0) {
    super(message);
    this.seconds = seconds;
  }
}

export const PASSING = new Set(["UNAVAILABLE", "TIMEOUT", "RATE_LIMITED", "TENANT_MIGRATING", "INTERNAL"]);
const PATIENCE = 20_000;
const AWAY = "The server cannot be reached at the moment; try again.";

/** How far the server's clock is ahead of ours, in milliseconds, as its last answer said. */
let ahead = 0;

/** The moment, as the server has it. */
export const serverNow = () => Date.now() + ahead;

/** Send a document and return its data. Nothing but the given headers says who asks, and where asked for, the cookie. */
export async function ask(query, variables = {}, headers = {}, credentials = "omit") {
  const response = await sent(JSON.stringify({ query, variables }), headers, credentials);
  const { data, errors } = await answered(response);
  const date = Date.parse(response.headers.get("date") ?? "");
  if (!Number.isNaN(date)) ahead = Math.abs(date - Date.now()) < 2_000 ? 0 : date - Date.now();
  if (errors?.length) throw problem(errors[0], response);
  return data;
}

async function sent(body, headers, credentials) {
  try {
    return await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body,
      cache: "no-store",
      credentials,
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Away(AWAY);
  }
}

async function answered(response) {
  try {
    return await response.json();
  } catch {
    throw new Away(AWAY);
  }
}

function problem({ message, extensions = {} }, response) {
  if (!PASSING.has(extensions.code)) return new Refused(message, extensions.code, extensions.inputPath);
  return new Away(message, Number(response.headers.get("retry-after")) || 0);
}
