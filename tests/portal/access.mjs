// What assistive technology meets: names, roles, headings, the size of what is touched, contrast, and the keyboard alone.
import { attempt, given, go, heading, phone } from "./phone.mjs";

const CONTROLS = new Set([
  ..."button link textbox checkbox radio combobox spinbutton slider listbox menuitem switch tab searchbox".split(" "),
  ..."Date InputTime DateTime progressbar meter image img figure group radiogroup navigation form".split(" "),
]);
const MAY_BE_NAMELESS = new Set(["figure", "form"]);

/** Everything in the tree that wants a name and has none. */
async function nameless(client) {
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  const wanting = nodes.filter(({ ignored, role }) => !ignored && CONTROLS.has(role?.value) && !MAY_BE_NAMELESS.has(role.value));
  return { wanting: wanting.length, without: wanting.filter(({ name }) => !name?.value?.trim()).map(({ role }) => role.value) };
}

/** What is on the page that a person with weak eyes, hands or patience would stumble over. */
function audit() {
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const colour = (text) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = colour(getComputedStyle(each).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const ratio = (element) => {
    const [low, high] = [light(colour(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = [...document.body.querySelectorAll("*")].filter((element) => visible(element) && own(element) && !element.closest(".unseen, .skip"));
  const faint = texts.filter((element) => ratio(element) < 4.5).map((element) => `${element.className || element.tagName} ${ratio(element).toFixed(2)} ${element.textContent.slice(0, 30)}`);
  const touched = [...document.querySelectorAll("button, select, textarea, label.option, label.button, .field input:not(.unseen), .part input, .go a")].filter(visible);
  const small = touched.filter((element) => element.getBoundingClientRect().height < 44).map((element) => element.outerHTML.slice(0, 80));
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(visible).map((element) => Number(element.tagName[1]));
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  return { faint, small, levels, twice: ids.filter((id, place) => ids.indexOf(id) !== place), width: document.documentElement.scrollWidth };
}

const LANDMARKS = ["banner", "main", "navigation"];

attempt(async () => {
  const { page, context, seen } = await phone({ viewport: { width: 320, height: 640 }, reducedMotion: "reduce" });
  const client = await context.newCDPSession(page);
  await client.send("Accessibility.enable");
  const views = {};
  const look = async (view) => {
    views[view] = { ...(await nameless(client)), ...(await page.evaluate(audit)) };
    await page.emulateMedia({ colorScheme: "dark" });
    views[view].faintInTheDark = (await page.evaluate(audit)).faint;
    await page.emulateMedia({ colorScheme: "light" });
  };

  await page.goto(given.page);
  await heading(page, "Open the link of your mail");
  await look("no link");
  await page.goto(given.link);
  await heading(page, "Welcome, Mira!");
  await look("welcome");

  // From here on the keyboard alone: Begin, open and close the stages, err, correct, go on.
  const tab = async (name, key = "Tab") => {
    for (let tries = 0; tries < 60; tries += 1) {
      await page.keyboard.press(key);
      const here = await page.evaluate(() => {
        const { activeElement: element } = document;
        return element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
      });
      if (here.trim().startsWith(name)) return;
    }
    throw new Error(`The keyboard does not reach ${name}.`);
  };
  await tab("Begin");
  await page.keyboard.press("Enter");
  await heading(page, "About you");
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  const hidden = new Set(nodes.filter(({ ignored }) => !ignored).map(({ role }) => role?.value));
  await look("stage");

  await tab("Stages", "Shift+Tab");
  await page.keyboard.press("Enter");
  await look("stages");
  const inList = await page.evaluate(() => document.activeElement.closest("nav") !== null);
  const { nodes: unfolded } = await client.send("Accessibility.getFullAXTree");
  for (const { ignored, role } of unfolded) if (!ignored) hidden.add(role?.value);
  await page.keyboard.press("Escape");
  const closed = await page.evaluate(() => document.activeElement.textContent);

  await tab("Save and continue");
  await page.keyboard.press("Enter");
  await page.locator("[aria-invalid=true]").first().waitFor();
  await look("errors");
  await page.keyboard.type("Mira");
  await tab("Bus");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await tab("Shoe size");
  await page.keyboard.type("41");
  await tab("Choose a file");
  await page.locator("input[type=file]").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from(given.picture, "base64") });
  await page.getByText("me.png is uploaded.").waitFor({ state: "attached" });
  await look("file");
  await tab("Save and continue");
  await page.keyboard.press("Enter");
  await heading(page, "Papers");
  await look("papers");

  // No trap: the focus leaves the page at its end, and comes in again at its beginning.
  const path = [];
  for (let steps = 0; steps < 80; steps += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => (document.activeElement === document.body ? "out" : document.activeElement.className || document.activeElement.tagName));
    path.push(at);
    if (at === "out" || (at === "skip" && steps > 2)) break;
  }
  const moves = await page.evaluate(() => getComputedStyle(document.querySelector(".meter span")).transitionDuration);

  await page.goto(`${given.page}#wgh_${"x".repeat(86)}`);
  await heading(page, "This link is not valid any more");
  await look("ended");
  return { views, landmarks: LANDMARKS.filter((each) => hidden.has(each)), inList, closed, out: path.at(-1), passed: path.includes("button wide"), moves, strangers: seen.strangers };
});
