// Somebody of the platform acts for somebody of a company; its owner sees that, ends it, and lets them write for a while.
import { attempt, desk, given, live, until } from "../live_page/desk.mjs";
import { fill, follow, headed, heading, menu, open, part, pictured, press, rows, says, sure, told, wrong } from "./hand.mjs";

const banner = (page) => page.getByRole("region", { name: "Acting for somebody" });
const over = (page) => page.getByRole("region", { name: "Acting has ended" });

async function begin(page, mode = "READ_ONLY") {
  await follow(page, given.company);
  await headed(page, given.company);
  await fill(page, { "For whom": given.whom, Why: "The list of hires stays empty", Ticket: "T-1" });
  await page.getByLabel("What you can do").selectOption(mode);
  await press(page, "Begin");
  await banner(page).waitFor();
}

/** Come to the page, as who has been elsewhere does. */
const comeBack = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

attempt(async () => {
  const saw = {};
  const { page, seen } = await desk();
  await open(page);
  saw.menu = await menu(page);
  await until("the companies", async () => (await rows(page, "Companies")).length > 0);
  saw.companies = await rows(page, "Companies");
  await page.locator("summary", { hasText: "Filter" }).click();
  await page.getByLabel("Plan").selectOption("starter");
  await press(page, "Show");
  await says(page, "There is no company that you look after.");
  await page.getByLabel("Plan").selectOption("");
  await press(page, "Show");

  await page.evaluate(() => (document.body.dataset.company = "named"));
  await follow(page, given.company);
  await says(page, "The address of this page is that of your company alone.");
  saw.named = await page.getByRole("button", { name: "Begin" }).count();
  await part(page, "Companies");
  await page.evaluate(() => (document.body.dataset.company = "asked"));
  await follow(page, given.company);
  await headed(page, given.company);
  await pictured(page, "platform-agent");
  await press(page, "Begin");
  saw.missing = await wrong(page);
  await fill(page, { "For whom": "nobody@example.com", Why: "Too short" });
  await press(page, "Begin");
  await until("a refusal", async () => (await wrong(page))[0]?.startsWith("10 to"));
  saw.refused = [await wrong(page)];
  for (const [values, mode] of [[{ Why: "Long enough for a reason" }, "READ_ONLY"], [{ "For whom": given.whom }, "READ_WRITE"]]) {
    await fill(page, values);
    await page.getByLabel("What you can do").selectOption(mode);
    const before = String(await wrong(page));
    await press(page, "Begin");
    await until("another refusal", async () => !["", before].includes(String(await wrong(page))));
    saw.refused.push(await wrong(page));
  }
  await page.route("**/graphql", (route) => (route.request().postData().includes("ActingFor") ? route.abort() : route.fallback()));
  await page.getByLabel("What you can do").selectOption("READ_ONLY");
  await press(page, "Begin");
  await says(page, "The server cannot be reached");
  saw.unseen = [seen.asked.at(-1), await banner(page).count()];
  await page.unroute("**/graphql");
  await part(page, "Companies");
  await headed(page, "Companies");

  await begin(page);
  await page.locator("#heading").waitFor();
  saw.acting = await banner(page).getByRole("status").innerText();
  saw.title = await page.locator("#title").innerText();
  saw.actingMenu = await menu(page);
  await part(page, "Profile");
  await fill(page, { "First name": "Nobody" });
  await press(page, "Save");
  await says(page, "can only read");
  await pictured(page, "acting");
  await page.locator("#top").getByRole("link", { name: "Live" }).click();
  await live(page);
  saw.onLive = await banner(page).getByRole("status").innerText();
  await pictured(page, "acting-live");
  await page.reload();
  await banner(page).waitFor();
  await page.locator("#top").getByRole("link", { name: "Settings" }).click();
  await page.locator("#heading").waitFor();
  await page.route("**/graphql", (route) => route.abort(), { times: 1 });
  await press(page, "Stop acting");
  await banner(page).getByRole("alert").filter({ hasText: "cannot be reached" }).waitFor();
  await press(page, "Stop acting");
  await headed(page, "Companies");
  saw.stopped = [await banner(page).count(), await page.locator("#title").innerText()];

  await begin(page);
  const { page: owner, seen: ownerSeen } = await desk();
  await open(owner, given.owner);
  await part(owner, "Support");
  await until("the sessions", async () => (await rows(owner, "Sessions")).length === 3);
  saw.sessions = await rows(owner, "Sessions");
  await says(owner, given.agent);
  saw.manager = await owner.getByRole("region", { name: "Your account manager" }).innerText();
  await pictured(owner, "support");
  await press(owner.getByRole("list", { name: "Sessions" }), /^Revoke /);
  await press(owner.getByRole("dialog"), "Revoke");
  await told(owner, "The session is revoked.");
  await until("that it is over", async () => {
    await comeBack(page);
    return (await over(page).count()) === 1;
  });
  saw.revoked = await over(page).getByRole("status").innerText();
  await headed(page, "Companies");
  await press(over(page), "Close");
  saw.closed = await over(page).count();

  await owner.locator("summary", { hasText: "Let support write" }).click();
  await fill(owner, { Until: "2099-01-01T00:00" });
  await press(owner, "Let support write");
  await until("a refusal", async () => (await wrong(owner)).length === 1);
  saw.tooLong = await wrong(owner);
  await fill(owner, { Until: given.until });
  await press(owner, "Let support write");
  await says(owner, "Reads and writes");
  await begin(page, "READ_WRITE");
  saw.writes = await banner(page).getByRole("status").innerText();
  await page.locator("#top").getByRole("link", { name: "Live" }).click();
  await live(page);
  await sure(owner, "Take back");
  await says(owner, "Only reads");
  await over(page).waitFor();
  await live(page);
  saw.takenBack = await over(page).getByRole("status").innerText();
  await page.locator("#title", { hasText: given.home }).waitFor();
  await part(owner, "Audit trail");
  await says(owner, `by ${given.agent} of support, who acted for somebody`);
  await part(owner, "Support");
  await until("how they ended", async () => (await rows(owner, "Sessions")).filter((row) => row.includes("Revoked")).length === 2);

  const { page: other } = await desk();
  await open(other, given.other);
  await part(other, "Support");
  await says(other, "Nobody looks after your company by name");
  await says(other, "Nobody of support has acted for anybody here.");
  return { ...saw, last: await heading(other), seen, ownerSeen };
});
