// Somebody looks at what becomes of webhook deliveries; somebody else may not, then may, then may not again.
import { attempt, desk, did, given, hired, live, shot, signIn, text, until } from "./desk.mjs";

const panel = "#webhooks";
const counts = (page) => text(page, `${panel} .outcomes .number`);
const rows = (page) => text(page, `${panel} .delivery`);

attempt(async () => {
  const { page, seen } = await desk({ viewport: { width: 1200, height: 1000 } });
  const saw = {};
  await signIn(page);
  await page.locator(panel).waitFor();
  await page.locator(`${panel} .note`, { hasText: "Nothing has been sent yet." }).waitFor();
  await hired("First");
  await until("what became of it", async () => /Delivered.*HTTP 204/s.test((await rows(page)).join()) && /HTTP 500/.test((await rows(page)).join()));
  saw.first = await rows(page);
  saw.counts = await counts(page);
  saw.caption = await page.locator(`${panel} caption`).innerText();
  saw.problems = await text(page, `${panel} .problems li`);
  saw.moment = await page.locator(`${panel} .delivery time`).first().getAttribute("datetime");

  await did("testWebhookEndpoint", { id: given.good }, "webhookDelivery { id }");
  await until("a test, of which no event tells", async () => (await rows(page)).some((row) => row.includes("webhook.test")));
  await did("pauseWebhookEndpoint", { id: given.bad }, "webhookEndpoint { id }");
  await until("the pause", async () => (await text(page, `${panel} .problems li`)).some((each) => each.endsWith("is paused.")));
  for (let count = 0; count < 8; count += 1) await hired(`Later ${count}`);
  await until("all of them", async () => (await counts(page))[0] === "10");
  saw.folded = await page.locator(`${panel} .delivery`).count();
  const more = page.locator(`${panel} button`);
  saw.button = [await more.innerText(), await more.getAttribute("aria-expanded")];
  await more.click();
  saw.unfolded = [await page.locator(`${panel} .delivery`).count(), await more.getAttribute("aria-expanded")];
  saw.newestFirst = (await page.locator(`${panel} .delivery time`).evaluateAll((times) => times.map(({ dateTime }) => dateTime))).every((each, place, all) => !place || each <= all[place - 1]);
  await more.click();
  await page.evaluate(() => scrollTo(0, 0));
  await shot(page, "deliveries-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await shot(page, "deliveries-dark");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator(panel).evaluate((element) => element.scrollIntoView());
  await shot(page, "deliveries-phone-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await shot(page, "deliveries-phone");

  const { page: other, seen: otherSeen } = await desk();
  await signIn(other, given.other);
  await other.locator(".bars tbody tr").first().waitFor();
  saw.hidden = !(await other.locator(panel).isVisible());
  for (let count = 0; count < 2; count += 1) {
    await did("giveRole", { id: given.looker, roleId: given.role }, "user { id }");
    await other.locator(`${panel} .delivery`).first().waitFor();
    await live(other);
    await did("takeRole", { id: given.looker, roleId: given.role }, "user { id }");
    await other.locator(panel).waitFor({ state: "hidden" });
  }
  return { ...saw, seen, otherSeen };
});
