// Prove an address with a mailed link at a phone's width, as a person would; what was seen is printed as JSON.
// node verify.mjs <playwright-core's index.mjs> <chromium> <page's address> <folder of screenshots> < {token}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, executablePath, address, folder] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(library).href);
const { token } = JSON.parse(readFileSync(0, "utf8"));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const origin = new URL(address).origin;
const seen = { complaints: [], strangers: [], paths: [], asked: 0 };

async function open(colorScheme) {
  const page = await browser.newPage({ viewport: { width: 360, height: 720 }, colorScheme });
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) seen.strangers.push(request.url());
    if (request.url().endsWith("/graphql")) seen.asked += 1;
    seen.paths.push(request.url());
  });
  await page.goto(`${address}#${token}`, { waitUntil: "networkidle" });
  return page;
}

async function said(page, selector) {
  await page.waitForFunction((each) => document.querySelector(each)?.textContent.trim(), selector);
  return (await page.locator(selector).textContent()).trim();
}

const page = await open("light");
seen.address = page.url();
seen.before = seen.asked;
seen.wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
await page.screenshot({ path: `${folder}/verify-light.png` });
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
seen.done = await said(page, "#said");
seen.title = await page.locator("#title").textContent();

const again = await open("dark");
await again.getByRole("button").click();
seen.ended = await said(again, "#said");
seen.kept = await again.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));

await browser.close();
console.log(JSON.stringify(seen));
