// Who is signed in. The tokens are in memory. While the page is being loaded anew they lie in the tab's storage, and are
// taken out of it at once: a refresh token counts once, so that a copy of the tab must not find one.

import { ask, Away, Refused, serverNow } from "./api.js";

const STORED = "workgraph.session";
/** What a session is asked for with, wherever one is given. */
export const SESSION = "session { accessToken expiresAt refreshToken }";
const SHOWN = `${SESSION} refusals { code message }`;
const LOGIN = `mutation Login($input: LoginInput!) { login(input: $input) { challenge { token } ${SHOWN} } }`;
const COMPLETE = `mutation CompleteLogin($input: CompleteLoginInput!) { completeLogin(input: $input) { ${SHOWN} } }`;
const SIGN_ON = `mutation CompleteSso($input: CompleteSsoInput!) { completeSso(input: $input) { challenge { token } ${SHOWN} } }`;
const PROVIDERS = "query Providers { signInProviders { id name } }";
const CODE = "#sso=";
const REFRESH = `mutation Refresh($input: RefreshTokenInput!) { refreshToken(input: $input) { ${SHOWN} } }`;
const LOGOUT = "mutation Logout($input: LogoutInput!) { logout(input: $input) { refusals { code } } }";
const OVER = "Your session has ended; sign in again.";
const EARLY = 60_000;
const LATEST = 5_000;
const AGAIN_IN = 10_000;

/** The session is over: only signing in anew helps. */
export class Ended extends Error {}

/** The password is right, and a code is asked for: give it with the challenge. */
export class CodeAsked extends Error {
  constructor(challenge) {
    super("Give a code of your authenticator, or a recovery code.");
    this.challenge = challenge;
  }
}

/** A company is named by its hostname; where one address serves several, this header says which. */
const addressed = (company) => (company ? { "x-workgraph-tenant": company } : {});

async function begun(query, input, company, field, credentials) {
  const { [field]: payload } = await ask(query, { input }, addressed(company), credentials);
  if (payload.challenge) throw new CodeAsked(payload.challenge.token);
  const [refusal] = payload.refusals;
  if (refusal) throw new Refused(refusal.message, refusal.code);
  return payload.session;
}

/** Sign in, or say why not. */
export async function signIn(company, email, password) {
  return new Session(company, await begun(LOGIN, { email, password }, company, "login"));
}

/** Sign in with the second step, or say why not. */
export async function completeSignIn(company, challenge, code) {
  return new Session(company, await begun(COMPLETE, { challenge, code }, company, "completeLogin"));
}

/** Sign in who comes back from the company's provider: the code counts in this browser alone, which its cookie shows. */
export async function signOn(code) {
  return new Session("", await begun(SIGN_ON, { code }, "", "completeSso", "same-origin"));
}

/** The code that single sign-on has put behind the address, which is taken out of it at once. */
export function signOnCode() {
  if (!location.hash.startsWith(CODE)) return null;
  const code = location.hash.slice(CODE.length);
  history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** Where one signs in at the providers of a company: a name and an address for each; none where they cannot be read. */
export async function signOnAddresses(company) {
  const found = await ask(PROVIDERS, {}, addressed(company)).catch(() => ({ signInProviders: [] }));
  const leadsTo = (id) => `/sso/start?${new URLSearchParams({ provider: id, to: location.pathname, ...(company && { company }) })}`;
  return found.signInProviders.map(({ id, name }) => ({ name, address: leadsTo(id) }));
}

/** The session that the page had before it was loaded anew. */
export function taken() {
  const found = stored();
  return found && new Session(found.company, found.session, found.acting);
}

function stored() {
  const text = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  return text && JSON.parse(text);
}

export class Session {
  /** `acting` is what the tab holds of acting for somebody, which only lies here while the page is loaded anew. */
  constructor(company, session, acting = null) {
    this.company = company;
    this.acting = acting;
    this.refreshing = null;
    this.leave = new AbortController();
    const { signal } = this.leave;
    for (const event of ["pagehide", "freeze"]) addEventListener(event, () => this.keep(), { signal });
    addEventListener("resume", () => this.takeBack(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.takeBack(), { signal });
    this.hold(session);
  }

  /** Go on with a session; also with one that takes the place of what there was, as after another password. */
  hold(session) {
    this.session = session;
    this.endsAt = Date.parse(session.expiresAt);
    clearTimeout(this.timer);
    if (session.refreshToken) this.timer = setTimeout(() => this.renew(), Math.max(this.left() - this.early(), 0));
  }

  /** Who comes back to the page goes on with what the tab has by now: another page of ours may have renewed or ended it. */
  takeBack() {
    if (!this.kept) return;
    this.kept = false;
    const { company, session, acting } = stored() ?? {};
    if (!session || company !== this.company) return this.over?.(new Ended(OVER));
    this.hold(session);
    return this.turned?.(acting);
  }

  keep() {
    this.kept = true;
    sessionStorage.setItem(STORED, JSON.stringify({ company: this.company, session: this.session, acting: this.acting }));
  }

  left() {
    return this.endsAt - serverNow();
  }

  /** A minute before its end, a session is renewed; one that is short, after half of its time. */
  early() {
    return Math.min(EARLY, Math.max(this.left() / 2, LATEST));
  }

  /** Return the header that says who asks; `anew` where the token was not good enough any more. */
  async authorization(anew = false) {
    if (anew || this.left() < LATEST) await this.refresh();
    return `Bearer ${this.session.accessToken}`;
  }

  /** Ask once for something, as who is signed in. */
  async ask(query, variables) {
    try {
      return await this.sent(query, variables);
    } catch (error) {
      if (!["TOKEN_EXPIRED", "UNAUTHENTICATED"].includes(error.code)) throw error;
      return this.sent(query, variables, true);
    }
  }

  async sent(query, variables, anew = false) {
    try {
      return await ask(query, variables, { authorization: await this.authorization(anew) });
    } catch (error) {
      if (error instanceof Ended) this.over?.(error);
      throw error;
    }
  }

  /** Renew ahead of time, and say so; without a connection, try until it has come back or the session is over. */
  async renew() {
    try {
      await this.refresh();
      this.renewed?.();
    } catch (error) {
      if (error instanceof Away) this.timer = setTimeout(() => this.renew(), AGAIN_IN);
      else this.over?.(error);
    }
  }

  /** Whoever needs a new token while one is being fetched waits for the same. */
  refresh() {
    this.refreshing ??= this.exchange().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  async exchange() {
    const { refreshToken } = this.session;
    if (!refreshToken) throw new Ended(OVER);
    try {
      this.hold(await begun(REFRESH, { refreshToken }, this.company, "refreshToken"));
    } catch (error) {
      throw error instanceof Refused ? new Ended(OVER) : error;
    }
  }

  /** Forget everything; `tell` ends it for the server too, as far as that can be reached, once `before` is done. */
  async end({ tell = false, before = null } = {}) {
    clearTimeout(this.timer);
    this.leave.abort();
    sessionStorage.removeItem(STORED);
    const { refreshToken } = this.session;
    await before;
    if (tell && refreshToken) await ask(LOGOUT, { input: { refreshToken } }, addressed(this.company)).catch(() => null);
  }
}
