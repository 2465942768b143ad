// The keyboard alone, on a narrow phone, and what assistive technology meets: names, headings, sizes, contrast.
import { audit, tree } from "./audit.mjs";
import { attempt, desk, given, hired, live, shot, text, until, wire } from "./desk.mjs";

attempt(async () => {
  const { page, context, seen } = await desk({ viewport: { width: 390, height: 844 }, hasTouch: true, reducedMotion: "reduce" });
  const held = await wire(page);
  const client = await context.newCDPSession(page);
  await client.send("Accessibility.enable");
  const views = {};
  const look = async (view) => {
    views[view] = { ...(await tree(client)), ...(await page.evaluate(audit)) };
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await page.evaluate(audit);
    await shot(page, `${view}-dark`);
    await page.emulateMedia({ colorScheme: "light" });
    await shot(page, `${view}-light`);
    await page.setViewportSize({ width: 320, height: 640 });
    views[view] = { ...views[view], faintInTheDark: dark.faint, weakInTheDark: dark.weak, narrow: (await page.evaluate(audit)).width };
    await page.setViewportSize({ width: 390, height: 844 });
  };
  const here = () =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      if (element === document.body) return "out";
      return (element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent).trim();
    });
  const path = [];
  const tab = async (name, key = "Tab") => {
    for (let tries = 0; tries < 40; tries += 1) {
      await page.keyboard.press(key);
      path.push(await here());
      if (path.at(-1).startsWith(name)) return;
    }
    throw new Error(`The keyboard does not reach ${name}: ${path.join(" | ")}`);
  };

  await page.goto(`${given.base}/live`);
  await page.getByLabel("Company").waitFor();
  const first = await here();
  await look("form");
  await page.keyboard.type(given.who.company);
  await tab("E-mail");
  await page.keyboard.type(given.who.email);
  await tab("Password");
  await page.keyboard.type(given.who.password);
  await tab("Sign in");
  await page.keyboard.press("Enter");
  await live(page);
  const landed = await page.evaluate(() => document.activeElement.tagName);
  await page.locator(".bars tbody tr").first().waitFor();
  await hired(`${given.hostile}${"Wwwwwwwwww".repeat(6)}`);
  await until("an event", async () => (await text(page, ".event .name")).length > 0);
  await page.locator(".delivery").first().waitFor();
  await look("panels");
  await page.locator("#webhooks").evaluate((element) => element.scrollIntoView());
  await shot(page, "outcomes");

  path.length = 0;
  await tab("Flow");
  await page.keyboard.press("ArrowDown");
  await until("the other flow", async () => (await page.locator("#board caption").textContent()).endsWith("Gardeners"));
  await tab("Show 10");
  await page.keyboard.press("Enter");
  const unfolded = [await page.locator(".delivery").count(), await here()];
  await tab("The same as a table");
  await page.keyboard.press("Enter");
  await tab("Filter by type");
  await page.keyboard.type("new_hire");
  await until("the filter", async () => (await text(page, ".event .type")).every((type) => type.includes("new_hire")));
  await tab("Pause");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  let facts = "";
  await until("the facts", async () => (facts = await page.locator(".event details[open] pre").innerText()) !== "");
  await look("open");
  const steps = [...path];
  path.length = 0;
  for (let count = 0; count < 400 && path.at(-1) !== "out" && path.at(-1) !== "Skip to the content"; count += 1) {
    await page.keyboard.press("Tab");
    path.push(await here());
  }
  const end = path.at(-1);
  if (end === "out") await tab("Skip to the content");
  await page.keyboard.press("Enter");
  const skipped = await page.evaluate(() => document.activeElement.id);

  held.away = true;
  await held.cut();
  await page.locator('[data-state="waiting"]').waitFor();
  await look("lost");
  const moves = await page.evaluate(() => getComputedStyle(document.querySelector(".bar"), "::before").transitionDuration);
  const before = async () => {
    await page.locator('[data-state="waiting"]').waitFor();
    await page.getByRole("button", { name: "Sign out" }).focus();
    await page.keyboard.press("Shift+Tab");
    return (await here()).startsWith("Try now");
  };
  await until("the button before, which is there while it waits", before);
  held.away = false;
  await page.keyboard.press("Enter");
  await live(page);
  return { views, first, landed, unfolded, steps, end, skipped, facts, moves, seen };
});
