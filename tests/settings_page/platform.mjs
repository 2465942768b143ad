// Who runs the installation, on a narrow phone and by keyboard: says who looks after a company, and acts until the time is over.
import { attempt, desk, given, until } from "../live_page/desk.mjs";
import { fill, follow, headed, looker, open, press, rows, says, told } from "./hand.mjs";

const banner = (page) => page.getByRole("region", { name: "Acting for somebody" });
const over = (page) => page.getByRole("region", { name: "Acting has ended" });

attempt(async () => {
  const { page, context, seen } = await desk({ viewport: { width: 390, height: 844 }, hasTouch: true, reducedMotion: "reduce" });
  await page.clock.install();
  const { views, look } = await looker(page, context);
  const saw = {};
  const manager = () => page.locator(".facts > div", { hasText: "Account manager" }).locator("dd").innerText();
  await open(page);
  const choose = async () => {
    await fill(page, { "Search by name": given.slug });
    await until("the company alone", async () => (await rows(page, "Companies")).length === 1);
  };
  await choose();
  saw.companies = await rows(page, "Companies");
  await look("companies", "platform");
  await follow(page, given.company);
  await headed(page, given.company);
  saw.before = await manager();
  await page.getByLabel("Who looks after it").selectOption({ label: `${given.agent}, Support agent` });
  await press(page, "Assign");
  await told(page, "The account manager is assigned.");
  await until("who looks after it", async () => (await manager()) === given.agent);
  saw.after = await manager();
  await look("company", "platform-company");

  const begin = async () => {
    await fill(page, { "For whom": given.whom, Why: "The list of hires stays empty" });
    await page.getByLabel("Ticket").press("Enter");
    await banner(page).waitFor();
    await until("the people", async () => (await page.locator("#content .row").count()) > 0);
  };
  const here = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  await begin();
  await look("acting", "acting-phone");
  await page.locator("#title").focus();
  await page.keyboard.press("Shift+Tab");
  saw.reached = await here();
  await page.keyboard.press("Enter");
  await banner(page).waitFor({ state: "detached" });
  await headed(page, "Companies");
  saw.focused = await here();

  await choose();
  await follow(page, given.company);
  await begin();
  await page.route("**/graphql", (route) => route.abort());
  await page.clock.fastForward("05:00");
  await until("another minute", async () => !(await banner(page).innerText()).includes(" 30 minutes"));
  saw.counted = await banner(page).getByRole("status").innerText();
  await page.unroute("**/graphql");
  await page.clock.fastForward("36:00");
  await over(page).waitFor();
  saw.over = await over(page).getByRole("status").innerText();
  await headed(page, "Companies");
  await look("over", "acting-over");

  await choose();
  await follow(page, given.company);
  await begin();
  await press(page, "Sign out");
  await until("both ends", () => seen.asked.at(-1) === "logout");
  saw.left = seen.asked.filter((name) => name !== "query").slice(-2);
  return { ...saw, views, seen };
});
