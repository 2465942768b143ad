// Somebody signs in and looks: the board moves, events come, are filtered and held; then the page is left.
import { attempt, desk, did, given, hired, listed, live, shot, signIn, text, until } from "./desk.mjs";

const row = (page, name) => page.locator(".bars tbody tr", { has: page.getByText(name, { exact: true }) });
const count = (page, name) => row(page, name).locator(".number").innerText();
const kept = (page) => page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));

attempt(async () => {
  const { page, context, seen } = await desk();
  const saw = {};
  await page.goto(`${given.base}/live`);
  await page.getByRole("button", { name: "Sign in" }).click();
  saw.empty = await page.getByRole("alert").innerText();
  saw.focused = await page.evaluate(() => document.activeElement.id);
  await page.getByLabel("Company").fill(given.who.company);
  await page.getByLabel("E-mail").fill(given.who.email);
  await page.getByLabel("Password").fill("not the password");
  await page.keyboard.press("Enter");
  await until("a refusal", async () => /password/i.test(await page.getByRole("alert").innerText()) && (await page.getByRole("alert").innerText()) !== saw.empty);
  saw.wrong = await page.getByRole("alert").innerText();
  await signIn(page);
  await row(page, "Papers").waitFor();
  saw.title = await page.title();
  saw.said = await page.locator("#said").innerText();

  saw.before = [await count(page, "Not started"), await count(page, "Papers")];
  await did("startOnboarding", {}, "newHire: session { newHire { firstName } }", given.hire);
  await until("the board", async () => (await count(page, "Papers")) === "1");
  saw.after = [await count(page, "Not started"), await count(page, "Papers")];
  saw.figures = await text(page, ".figures > div");
  saw.there = await row(page, "Papers").locator(".people .name").innerText();
  const begun = page.locator(".event", { has: page.getByText("onboarding.started", { exact: true }) });
  await begun.waitFor();
  saw.about = await begun.locator(".about").innerText();
  saw.shown = await begun.locator("time").innerText();
  saw.moment = await begun.locator("time").getAttribute("datetime");
  await hired("Earlier");
  await until("somebody else", async () => (await text(page, ".event .name")).some((name) => name.includes("Earlier")));
  await shot(page, "walk");

  await page.getByLabel("Filter by type").fill("onboarding.started, nothing.*");
  await until("the filter", async () => (await listed(page)).length === 1);
  saw.filtered = await text(page, ".event .type");
  saw.counted = await page.locator("#count").innerText();
  await page.getByLabel("Filter by type").fill("onboarding.new_hire.*");
  await until("the pattern", async () => (await text(page, ".event .type")).every((type) => type.startsWith("onboarding.new_hire.")));
  await page.getByLabel("Filter by type").fill("");
  await until("all events", async () => (await listed(page)).length > 2);

  await page.getByRole("button", { name: "Pause" }).click();
  const held = await listed(page);
  await hired("Held");
  await page.getByRole("button", { name: /Resume \(\d+ new\)/ }).waitFor();
  saw.held = JSON.stringify(await listed(page)) === JSON.stringify(held);
  await page.getByRole("button", { name: /Resume/ }).click();
  await until("what was held back", async () => (await listed(page)).length > held.length);

  const fold = begun.locator("details");
  await fold.locator("summary").click();
  await until("the facts", async () => (saw.facts = await fold.locator("pre").innerText()) !== "");
  await hired("Another");
  await until("another", async () => (await text(page, ".event .name")).some((name) => name.includes("Another")));
  saw.stillOpen = await fold.evaluate((element) => element.open);

  await page.locator(".histogram summary").click();
  await until("the table", async () => (await text(page, ".numbers td")).length > 0);
  saw.inTable = (await text(page, ".numbers td")).reduce((sum, each) => sum + Number(each), 0);
  saw.inList = (await listed(page)).length;
  saw.chart = await page.locator(".histogram svg").getAttribute("aria-label");
  saw.ran = await page.evaluate(() => window.ran ?? null);
  saw.pictures = await page.locator("main img, main script").count();
  saw.keptMeanwhile = await kept(page);

  await page.reload();
  await live(page);
  await row(page, "Papers").waitFor();
  saw.keptAfterLoading = await kept(page);
  const copy = await context.newPage();
  await copy.goto(`${given.base}/live`);
  saw.copyAsks = await copy.getByLabel("Password").isVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Password").waitFor();
  await until("the end of the session", () => seen.asked.includes("logout"));
  await page.reload();
  await page.getByLabel("Password").waitFor();
  saw.keptAtTheEnd = await kept(page);
  return { ...saw, seen };
});
