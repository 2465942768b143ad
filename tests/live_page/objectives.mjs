// The objectives of a cycle move as they are reported on; each is told in words too, and who may see none is told so.
import { attempt, desk, did, given, shot, signIn, until } from "./desk.mjs";

const panel = (page) => page.getByRole("region", { name: "Objectives" });
const row = (page, name) => panel(page).locator("tbody tr", { has: page.getByText(name, { exact: true }) });
const told = (page, name) => row(page, name).locator(".place, bdi, .fares, .number").allInnerTexts();
const figures = (page) => panel(page).locator(".figures > div").allInnerTexts();

attempt(async () => {
  const { page, seen } = await desk();
  await signIn(page);
  await row(page, given.objective).waitFor();
  const saw = { cycles: await panel(page).getByLabel("Cycle").locator("option").allInnerTexts(), before: await figures(page) };
  saw.first = await told(page, given.objective);
  await did("checkInKeyResult", { id: given.keyResult, value: "58", confidence: 8 }, "keyResultCheckIn { id }");
  await until("the progress", async () => (await row(page, given.objective).locator(".number").innerText()) === "58 %");
  saw.then = await told(page, given.objective);
  saw.after = await figures(page);
  saw.share = await row(page, given.objective).locator(".bar").evaluate((bar) => [bar.style.getPropertyValue("--share"), bar.style.getPropertyValue("--mark")]);
  await shot(page, "objectives");
  await panel(page).getByLabel("Cycle").selectOption({ label: "Before (over)" });
  await panel(page).getByText("No objective is active yet.").waitFor();
  saw.none = await panel(page).locator("tbody tr").count();
  saw.ran = await page.evaluate(() => window.ran ?? null);

  const phone = await desk({ viewport: { width: 360, height: 740 }, colorScheme: "dark" });
  await signIn(phone.page, given.member);
  await row(phone.page, given.own).waitFor();
  saw.seenByMember = await panel(phone.page).locator("tbody tr .place").allInnerTexts();
  saw.wide = await phone.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await panel(phone.page).scrollIntoViewIfNeeded();
  await shot(phone.page, "objectives-phone");
  return { ...saw, complaints: [...seen.complaints, ...phone.seen.complaints] };
});
