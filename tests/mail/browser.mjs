// Look at the mails of development as a person would; what was seen is printed as JSON.
// node browser.mjs <playwright-core's index.mjs> <chromium> <page's address> <screenshot>
import { pathToFileURL } from "node:url";

const [library, executablePath, address, screenshot] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(library).href);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
page.setDefaultTimeout(20_000);

const complaints = [];
const expected = /^Blocked script execution/; // the frame is sandboxed, and this mail holds a script
page.on("console", (message) => {
  if (message.type() === "error" && !expected.test(message.text())) complaints.push(message.text());
});
page.on("pageerror", (error) => complaints.push(String(error)));

async function followed(link) {
  const opening = context.waitForEvent("page");
  await link.click();
  const opened = await opening;
  await opened.waitForLoadState();
  const seen = { address: opened.url(), title: await opened.title(), opener: await opened.evaluate(() => opener) };
  await opened.close();
  return seen;
}

try {
  await page.goto(address);
  await page.locator("#list strong").first().waitFor();
  const subjects = await page.locator("#list strong").allTextContents();
  await page.locator("#list a", { hasText: "Onboarding" }).click();
  const frame = page.frameLocator("iframe");
  const heading = await frame.locator("h1").textContent();
  const button = await followed(frame.locator("a").first());
  const text = await followed(page.locator("pre a"));
  await page.screenshot({ path: screenshot });

  await page.locator("#list a", { hasText: "script" }).click();
  await frame.locator("#evil").waitFor();
  const ran = await page.evaluate(() => document.title);
  const markup = await page.locator("#mail script, #mail img").count();
  console.log(JSON.stringify({ subjects, heading, button, text, ran, markup, complaints }));
} finally {
  await browser.close();
}
