// The keyboard alone, on a narrow phone, and what assistive technology meets: names, headings, sizes, contrast.
import { attempt, desk, given, hired, live, shot, text, until, wire } from "./desk.mjs";

const CONTROLS = new Set("button link textbox searchbox combobox listbox progressbar image img figure region form table".split(" "));
const MAY_BE_NAMELESS = new Set(["form", "table", "figure"]);

/** Everything in the tree that wants a name and has none, and the landmarks. */
async function tree(client) {
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  const there = nodes.filter(({ ignored }) => !ignored);
  const wanting = there.filter(({ role }) => CONTROLS.has(role?.value) && !MAY_BE_NAMELESS.has(role.value));
  return {
    wanting: wanting.length,
    without: wanting.filter(({ name }) => !name?.value?.trim()).map(({ role }) => role.value),
    landmarks: there.map(({ role }) => role?.value).filter((role) => ["banner", "main", "region"].includes(role)),
  };
}

/** What is on the page that a person with weak eyes or hands would stumble over. */
function audit() {
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const colour = (text) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const part = (each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = colour(getComputedStyle(each).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const against = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ratio = (element) => against(colour(getComputedStyle(element).color), ground(element));
  const texts = [...document.body.querySelectorAll("*")].filter((element) => visible(element) && own(element) && !element.closest(".unseen, .skip"));
  const faint = texts.filter((element) => ratio(element) < 4.5).map((element) => `${element.className || element.tagName} ${ratio(element).toFixed(2)}`);
  const drawn = [...document.querySelectorAll(".histogram rect:not(.before)")].map((element) => against(colour(getComputedStyle(element).fill), ground(element)));
  const bars = [...document.querySelectorAll(".bar")].map((element) => against(colour(getComputedStyle(element, "::before").backgroundColor), ground(element)));
  const small = [...document.querySelectorAll("button, select, input")].filter((element) => visible(element) && element.getBoundingClientRect().height < 44).map(({ id, textContent }) => id || textContent);
  const tiny = [...document.querySelectorAll("summary")].filter((element) => visible(element) && element.getBoundingClientRect().height < 24).map(({ textContent }) => textContent);
  const levels = [...document.querySelectorAll("h1, h2, h3")].filter(visible).map((element) => Number(element.tagName[1]));
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  return { faint, weak: [...drawn, ...bars].filter((each) => each < 3), small: [...small, ...tiny], levels, twice: ids.filter((id, place) => ids.indexOf(id) !== place), width: document.documentElement.scrollWidth };
}

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
