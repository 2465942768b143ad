// Acting for somebody else: its token lies beside one's own session and is no part of it. Nothing renews it.

import { ask, Refused, serverNow } from "./api.js";
import { Ended } from "./session.js";

const WHOM = "query ActingFor { viewer { firstName lastName impersonation { actorName mode endsAt } } }";
const STOP = "mutation Stop($input: EndImpersonationInput!) { endImpersonation(input: $input) { refusals { code message } } }";
const OVER = new Set(["TOKEN_EXPIRED", "UNAUTHENTICATED"]);
const LOOK_EVERY = 20_000;

const by = (token) => ({ authorization: `Bearer ${token}` });
const end = (token) => ask(STOP, { input: {} }, by(token));

/** What a tab has to hold of a session that the API has given: its token, and all that the banner says. None goes on without. */
export async function heldOf({ accessToken, impersonationId, tenant }) {
  const { viewer } = await ask(WHOM, {}, by(accessToken)).catch(async (error) => {
    await end(accessToken).catch(() => null);
    throw error;
  });
  const { actorName, mode, endsAt } = viewer.impersonation;
  return { token: accessToken, id: impersonationId, actor: actorName, whom: `${viewer.firstName} ${viewer.lastName}`, company: tenant.name, writes: mode === "READ_WRITE", endsAt };
}

/** Asks in place of a session of one's own; `over` is told, once, when nobody is acted for any more. */
export class ActingFor {
  constructor(held) {
    this.held = held;
    this.endsAt = Date.parse(held.endsAt);
    this.left = new AbortController();
    this.timer = setTimeout(() => this.finish(), Math.max(this.remaining(), 0));
    this.looking = setInterval(() => this.look(), LOOK_EVERY);
    document.addEventListener("visibilitychange", () => this.look(), { signal: this.left.signal });
  }

  remaining() {
    return this.endsAt - serverNow();
  }

  /** See whether it still counts: what ends it elsewhere is noticed also where nobody asks for anything. */
  async look() {
    if (!document.hidden) await this.ask(WHOM).catch(() => null);
  }

  /** Return the header that says who asks. There is no other token: where this one was refused, the API is asked whether it counts. */
  async authorization(anew = false) {
    if (anew) await this.ask(WHOM);
    if (this.remaining() <= 0) this.finish();
    if (this.left.signal.aborted) throw new Ended(this.why());
    return by(this.held.token).authorization;
  }

  /** Ask once for something, as the user. */
  async ask(query, variables) {
    const authorization = await this.authorization();
    try {
      return await ask(query, variables, { authorization });
    } catch (error) {
      if (!OVER.has(error.code)) throw error;
      this.finish();
      throw new Ended(this.why());
    }
  }

  why() {
    const { whom, company } = this.held;
    const what = this.remaining() <= 0 ? "the time is over" : "the session was ended";
    return `You do not act for ${whom} of ${company} any more: ${what}.`;
  }

  /** Tell that it is over; not at once, as whoever asks may still be drawing the page. */
  finish() {
    if (this.left.signal.aborted) return;
    this.letGo();
    queueMicrotask(() => this.over?.(this.why()));
  }

  /** End it for the server; what had ended there before is as good. */
  async stop() {
    await end(this.held.token).catch((error) => {
      if (!(error instanceof Refused)) throw error;
    });
  }

  /** Look no more, and ask for nothing. */
  letGo() {
    clearTimeout(this.timer);
    clearInterval(this.looking);
    this.left.abort();
  }
}
