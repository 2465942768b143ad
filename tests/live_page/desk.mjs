// What every script that looks at the page begins with: a browser, what must never happen in it, and a hold on its sockets.
// node <script>.mjs <playwright-core's index.mjs> <chromium> <folder for screenshots> < {base, who, ...}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { shut } from "../shutting.mjs";

const [library, executablePath, folder] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(library).href);
export const given = JSON.parse(readFileSync(0, "utf8"));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

export async function desk(options = {}) {
  const seen = { complaints: [], strangers: [], asked: [] };
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => watch(request, seen));
  return { page, context, seen };
}

function watch(request, seen) {
  const url = new URL(request.url());
  if (url.origin !== given.base) seen.strangers.push(url.href);
  if (url.pathname === "/graphql") seen.asked.push(/\b(\w+)\(input/.exec(request.postData() ?? "")?.[1] ?? "query");
}

/** Stand between the page and the server: note what is said, cut the connection, say something in the server's name. */
export async function wire(page) {
  const held = { away: false, opened: 0, sent: [], socket: null };
  await page.routeWebSocket(/\/graphql$/, (socket) => {
    held.opened += 1;
    if (held.away) return socket.close({ code: 3001 });
    held.socket = socket;
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const message = JSON.parse(text);
      held.sent.push(message);
      if (message.type === "subscribe" && message.payload.query.includes("events(")) held.events = message.id;
      server.send(text);
    });
    return null;
  });
  held.cut = (code = 3001, reason = "") => held.socket.close({ code, reason });
  held.say = (payload) => held.socket.send(JSON.stringify({ type: "next", id: held.events, payload }));
  return held;
}

/** Ask the API for something while the page looks on; a refusal is a failure here. */
export async function did(field, input, shown, token = given.who.token) {
  const name = field[0].toUpperCase() + field.slice(1);
  const query = `mutation($input: ${name}Input!) { ${field}(input: $input) { ${shown} refusals { code message } } }`;
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await fetch(`${given.base}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables: { input } }) });
  const { data, errors } = await response.json();
  if (errors || data[field].refusals.length) throw new Error(JSON.stringify(errors ?? data[field].refusals));
  return data[field];
}

let hires = 0;

/** Somebody is hired. */
export async function hired(lastName) {
  hires += 1;
  const email = `${Date.now()}-${hires}@example.com`;
  return did("createNewHire", { flowId: given.flow, email, firstName: "Ada", lastName }, "newHire { id }");
}

export async function signIn(page, who = given.who) {
  await enter(page, "/live", who);
  await live(page);
}

/** Sign in at one of the pages, as far as the button. */
export async function enter(page, address, who = given.who) {
  await page.goto(`${given.base}${address}`);
  await page.getByLabel("Company").fill(who.company);
  await page.getByLabel("E-mail").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export const live = (page) => page.locator('[data-state="live"]').waitFor();
export const text = (page, selector) => page.locator(selector).allInnerTexts();

/** The ids of the events in the list, newest first. */
export const listed = (page) => page.locator("[data-event]").evaluateAll((rows) => rows.map(({ dataset }) => dataset.event));

/** Wait until something is so. */
export async function until(what, test) {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await test()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`It does not come: ${what}`);
}

export async function shot(page, name, of = "live") {
  await page.screenshot({ path: `${folder}/${of}-${name}.png` });
}

export async function attempt(act) {
  try {
    console.log(JSON.stringify(await act()));
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await shut(browser);
  }
}
