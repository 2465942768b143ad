// Sign in to GraphiQL and run a query, as a person would; what was seen is printed as JSON.
// node browser.mjs <playwright-core's index.mjs> <chromium> <page's address> <screenshot> < {tenant, email, password, query}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, executablePath, address, screenshot] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(library).href);
const { tenant, email, password, query } = JSON.parse(readFileSync(0, "utf8"));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(20_000);

const origin = new URL(address).origin;
const complaints = [];
const strangers = [];
const expected = / status of 401 /; // what an anonymous query may be answered with
page.on("console", (message) => {
  if (message.type() === "error" && !expected.test(message.text())) complaints.push(message.text());
});
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("request", (request) => {
  const url = request.url();
  if (!url.startsWith(origin) && !url.startsWith("data:")) strangers.push(url);
});

async function run(text) {
  const editor = page.locator(".graphiql-query-editor .CodeMirror").first();
  await editor.evaluate((node, value) => node.CodeMirror.setValue(value), text);
  await page.locator(".graphiql-tab-button", { hasText: "SeenInBrowser" }).waitFor(); // GraphiQL has read the text
  const answered = page.waitForResponse((response) => response.request().postData()?.includes("SeenInBrowser"));
  await page.locator(".graphiql-execute-button").click();
  const answer = await (await answered).json();
  await page.waitForFunction(
    (marker) => document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue().includes(marker),
    answer.errors ? '"errors"' : '"data"',
  );
  return answer;
}

try {
  await page.goto(address);
  await page.locator(".graphiql-execute-button").waitFor();

  await page.fill('[name="tenant"]', tenant);
  await page.fill('[name="email"]', email);
  await page.fill('[name="password"]', `not ${password}`);
  await page.click("#sign-in button");
  await page.waitForFunction(() => document.querySelector("#refusal").textContent);
  const refusal = await page.textContent("#refusal");

  await page.fill('[name="password"]', password);
  await page.click("#sign-in button");
  await page.locator("#signed-in").waitFor();
  const who = await page.textContent("#who");
  const answer = await run(query);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  await page.screenshot({ path: screenshot });

  await page.locator('[data-value="settings"]').click(); // a dialog and the documentation, for what they might complain of
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".graphiql-sidebar button").first().click();
  await page.locator(".graphiql-doc-explorer-content").waitFor();

  await page.reload();
  await page.locator("#signed-in").waitFor();
  await page.click("#sign-out");
  await page.locator("#sign-in").waitFor();
  const anonymous = await run(query);

  console.log(JSON.stringify({ refusal, who, answer, anonymous, kept, complaints, strangers }));
} finally {
  await browser.close();
}
