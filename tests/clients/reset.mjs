// Choose a password with a mailed link at a phone's width, as a person would; what was seen is printed as JSON.
// node reset.mjs <playwright-core's index.mjs> <chromium> <page's address> <folder of screenshots> < {token, password}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, executablePath, address, folder] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(library).href);
const { token, password } = JSON.parse(readFileSync(0, "utf8"));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const origin = new URL(address).origin;
const seen = { complaints: [], strangers: [], paths: [] };

async function open(colorScheme) {
  const page = await browser.newPage({ viewport: { width: 360, height: 720 }, colorScheme });
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) seen.strangers.push(request.url());
    seen.paths.push(request.url());
  });
  await page.goto(`${address}#${token}`);
  return page;
}

async function said(page, selector) {
  await page.waitForFunction((each) => document.querySelector(each)?.textContent.trim(), selector);
  return (await page.locator(selector).textContent()).trim();
}

const page = await open("light");
seen.address = page.url();
seen.focused = await page.evaluate(() => document.activeElement?.id);
await page.keyboard.type("short");
await page.keyboard.press("Enter");
seen.short = await said(page, "#wrong");
seen.invalid = await page.locator("#password").getAttribute("aria-invalid");
seen.wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
await page.screenshot({ path: `${folder}/reset-light.png` });
await page.locator("#password").fill(password);
await page.keyboard.press("Enter");
seen.done = await said(page, "#said");
seen.title = await page.locator("#title").textContent();
seen.history = await page.evaluate(() => history.length);

const again = await open("dark");
await again.locator("#show").check();
seen.shown = await again.locator("#password").getAttribute("type");
await again.locator("#password").fill(password);
await again.screenshot({ path: `${folder}/reset-dark.png` });
await again.locator("#send").click();
seen.ended = await said(again, "#said");
seen.kept = await again.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));

await browser.close();
console.log(JSON.stringify(seen));
