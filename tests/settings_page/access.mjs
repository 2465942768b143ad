// The settings by keyboard, on a narrow phone, in light and dark, and to assistive technology.
import { attempt, desk, given, until } from "../live_page/desk.mjs";
import { headed, heading, looker, open, rows, says } from "./hand.mjs";

attempt(async () => {
  const { page, context, seen } = await desk({ viewport: { width: 390, height: 844 }, hasTouch: true, reducedMotion: "reduce" });
  const { views, look } = await looker(page, context);
  const here = () =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      return element === document.body ? "out" : (element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent).trim();
    });
  const path = [];
  const tab = async (name, key = "Tab") => {
    path.length = 0;
    for (let tries = 0; tries < 80; tries += 1) {
      await page.keyboard.press(key);
      path.push(await here());
      if (path.at(-1).startsWith(name)) return;
    }
    throw new Error(`The keyboard does not reach ${name}: ${path.join(" | ")}`);
  };

  await open(page);
  for (const address of given.views) {
    await page.evaluate((to) => (location.hash = to), address);
    await until(`it shows ${address}`, async () => (await heading(page)) !== "…" && (await page.getByText("One moment …").count()) === 0);
    for (const fold of await page.locator("#content summary").all()) await fold.click();
    await look(address, address.slice(2).replaceAll("/", "-").replace(/_.*/, ""));
  }
  await page.goto(`${given.base}/settings#/keys/${given.gone}`);
  await says(page, "This is not there, or not for you to see.");
  await page.route("**/graphql", (route) => route.abort());
  await page.evaluate(() => (location.hash = "#/roles"));
  await says(page, "The server cannot be reached at the moment; try again.");
  await look("away");
  await page.unroute("**/graphql");
  await tab("Try again");
  await page.keyboard.press("Enter");
  await until("the roles", async () => (await rows(page, "Roles")).length > 5);

  await page.locator("#heading").focus();
  await tab("People", "Shift+Tab");
  await page.keyboard.press("Enter");
  await headed(page, "People");
  const landed = await here();
  await until("the people", async () => (await rows(page, "People")).length > 0);
  await tab(given.somebody);
  await page.keyboard.press("Enter");
  await headed(page, given.somebody);
  await tab("Deactivate");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  const asked = await here();
  await look("asked");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const back = await here();
  await tab("Skip to the content", "Shift+Tab");
  await page.keyboard.press("Enter");
  const skipped = await page.evaluate(() => document.activeElement.id);
  return { views, landed, asked, back, skipped, seen };
});
