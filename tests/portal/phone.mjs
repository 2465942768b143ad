// What every script that uses the portal begins with: a browser as narrow as a phone, and what it must never do.
// node <script>.mjs <playwright-core's index.mjs> <chromium> <folder for screenshots> < {link, ...}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { shut } from "../shutting.mjs";

const [library, executablePath, folder] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(library).href);
export const given = JSON.parse(readFileSync(0, "utf8"));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

export async function phone(options = {}) {
  const seen = { complaints: [], strangers: [], leaks: [], sent: [] };
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => watch(request, seen));
  return { page, context, seen };
}

function watch(request, seen) {
  const url = new URL(request.url());
  const own = url.origin === new URL(given.link ?? given.page).origin;
  if (!own && !["data:", "blob:"].includes(url.protocol)) seen.strangers.push(url.href);
  const elsewhere = [url.pathname + url.search, request.postData() ?? "", request.headers().referer ?? ""].join("\n");
  if (given.token && elsewhere.includes(given.token)) seen.leaks.push(url.pathname);
  if (url.pathname === "/graphql") seen.sent.push(JSON.parse(request.postData()));
}

export async function shot(page, name, fullPage = true) {
  if (fullPage) await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${folder}/portal-${name}.png`, fullPage });
}

export const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
export const go = (page) => page.locator(".end-of-stage button[type=submit]").click();

/** Let the server answer a request; node knows no name below localhost, and the token says whose request it is. */
export function fetched(route) {
  const url = new URL(route.request().url());
  url.hostname = url.hostname.replace(/^.*localhost$/, "127.0.0.1");
  return route.fetch({ url: url.href });
}

/** Where the focus is, by its label or text. */
export const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element.labels?.[0]?.textContent ?? element.textContent;
  });

/** Print what was seen, and end. */
export async function tell(what) {
  console.log(JSON.stringify(what));
  await shut(browser);
}

export async function attempt(act) {
  try {
    await tell(await act());
  } catch (error) {
    console.error(error);
    await shut(browser);
    process.exitCode = 1;
  }
}
