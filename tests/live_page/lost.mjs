// The connection goes and comes back in every way; a second window, whose connection stands, tells what there was to see.
import { attempt, desk, did, given, hired, listed, live, shot, signIn, text, until, wire } from "./desk.mjs";

const same = async (one, other) => JSON.stringify(await listed(one)) === JSON.stringify(await listed(other));
const board = (page) => text(page, ".bars tbody tr");
const words = (page) => page.locator(".connection .words").innerText();
const said = (page) => page.locator("#said").innerText();
const quiet = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function settled(page) {
  for (let count = -1; count !== (await listed(page)).length; await quiet(800)) count = (await listed(page)).length;
}

attempt(async () => {
  const { page, seen } = await desk();
  const { page: steady, seen: steadySeen } = await desk();
  const held = await wire(page);
  const saw = {};
  for (const each of [steady, page]) {
    await signIn(each);
    await each.getByLabel("Filter by type").fill("onboarding.*"); // one window's signing in is an event to the other only
    await each.getByText("newest first").or(each.getByText("Nothing has happened")).waitFor();
    await each.locator(".bars tbody tr").first().waitFor();
  }
  await hired("First");
  await until("the first", async () => (await listed(page)).length > 0 && (await same(page, steady)));

  held.away = true;
  await held.cut();
  await until("the loss", async () => /Connection lost/.test(await words(page)));
  saw.saidLost = await said(page);
  const before = (await listed(page)).length;
  await hired("Second");
  await did("startOnboarding", {}, "clientMutationId", given.hire);
  await until("what happens meanwhile", async () => (await text(steady, ".event .type")).includes("onboarding.started"));
  saw.missedMeanwhile = (await listed(page)).length === before;
  await shot(page, "lost");
  held.away = false;
  const again = held.sent.length;
  await live(page);
  await until("what was missed", () => same(page, steady));
  await until("the board", async () => JSON.stringify(await board(page)) === JSON.stringify(await board(steady)));
  saw.unique = new Set(await listed(page)).size === (await listed(page)).length;
  saw.grew = (await listed(page)).length > before;
  saw.saidBack = await said(page);
  saw.wentOn = held.sent.slice(again).filter(({ type }) => type === "subscribe").map(({ payload }) => Boolean(payload.variables.after));
  saw.board = await board(page);

  const tokens = () => held.sent.filter(({ type }) => type === "connection_init").map(({ payload }) => payload.authorization);
  const refreshed = () => seen.asked.filter((field) => field === "refreshToken").length;
  await held.cut(4403, "TOKEN_EXPIRED: The access token has run out; refresh it, or sign in again.");
  await until("a new token", async () => refreshed() === 1);
  await live(page);
  saw.newToken = tokens().at(-1) !== tokens().at(-2);
  await held.cut(4403, "FORBIDDEN: What this session may do has changed; subscribe again.");
  await until("another connection", () => tokens().length === 4);
  await live(page);
  saw.sameToken = tokens().at(-1) === tokens().at(-2) && refreshed() === 1;

  await hired("Third");
  await until("the third", async () => (await text(page, ".event .name")).some((name) => name.includes("Third")));
  await until("the same again", () => same(page, steady));
  await settled(page); // no event follows what is said now

  held.say({ data: { events: { cursor: "x", gap: { missed: 12, reason: "They are not kept any more." }, event: null } } });
  await page.locator(".gap").waitFor();
  saw.gap = await page.locator(".gap").innerText();
  saw.saidGap = await said(page);
  await held.cut();
  await page.locator(".gap").nth(1).waitFor(); // "x" is no cursor of this log: told, and followed from now on
  saw.strangeCursor = await page.locator(".gap").first().innerText();
  await hired("Fourth");
  await until("the fourth", async () => (await text(page, ".event .name")).some((name) => name.includes("Fourth")));

  const opened = held.opened;
  await held.cut(4401, "TENANT_MISMATCH: This session is another company's.");
  await page.locator('[data-state="stopped"]').waitFor();
  await quiet(1500);
  saw.stopped = await words(page);
  saw.gaveUp = held.opened === opened;
  await page.getByRole("button", { name: "Try now" }).click();
  await live(page);
  saw.focusKept = await page.evaluate(() => document.activeElement !== document.body);
  return { ...saw, seen, steadySeen };
});
