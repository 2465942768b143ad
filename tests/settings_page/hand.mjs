// What a person does on the settings page, in words.
import { audit, tree } from "../live_page/audit.mjs";
import { enter, given, shot, text, until } from "../live_page/desk.mjs";

export const heading = (page) => page.locator("#heading").innerText();

/** Sign in, with the second step where there is one, and wait for the first part. */
export async function open(page, who = given.who) {
  await enter(page, "/settings", who);
  if (who.code) {
    await fill(page, { Code: who.code });
    await press(page, "Sign in");
  }
  await page.locator("#heading").waitFor();
}

/** Go to a part by the menu. */
export async function part(page, name) {
  await page.locator(".menu").getByRole("link", { name, exact: true }).click();
  await headed(page, name);
}

export const headed = (page, name) => until(`the heading ${name}`, async () => (await heading(page)) === name);

/** Enter values into the fields of these labels. */
export async function fill(within, values) {
  for (const [label, value] of Object.entries(values)) {
    const labelled = within.locator("label", { hasText: new RegExp(`^${label}( \\(optional\\))?$`) });
    await labelled.locator("xpath=..").locator("input, textarea").fill(value);
  }
}

export const press = (within, name) => within.getByRole("button", { name, exact: true }).first().click();
export const follow = (within, name) => within.getByRole("link", { name, exact: true }).first().click();

/** Press a button that asks first, and say yes. */
export async function sure(page, name, yes = name) {
  await press(page.locator("#content"), name);
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await press(dialog, yes);
  await dialog.waitFor({ state: "detached" });
}

/** Look at a page on a phone as others meet it: by names, in light and dark, and on a narrower one. */
export async function looker(page, context) {
  const client = await context.newCDPSession(page);
  await client.send("Accessibility.enable");
  const views = {};
  const look = async (view, name = view) => {
    views[view] = { ...(await tree(client)), ...(await page.evaluate(audit)) };
    await page.emulateMedia({ colorScheme: "dark" });
    views[view].faintInTheDark = (await page.evaluate(audit)).faint;
    await pictured(page, name);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 320, height: 640 });
    views[view].narrow = (await page.evaluate(audit)).width;
    await page.setViewportSize({ width: 390, height: 844 });
  };
  return { views, look };
}

/** What was said for a moment. */
export async function told(page, words) {
  await until(`it says ${words}`, async () => (await page.locator("#toast").innerText()) === words);
}

/** Wait until the content says something. */
export const says = (page, words) => until(`the content says ${words}`, async () => (await page.locator("#content").innerText()).includes(words));

/** What is wrong, by field: the words at each that is marked. */
export async function wrong(page) {
  const marked = page.locator('#content [aria-invalid="true"]');
  const words = (element) => document.getElementById(element.getAttribute("aria-describedby").split(" ").at(-1)).textContent;
  const found = await marked.evaluateAll((elements) => elements.map((element) => element.id));
  return Promise.all(found.map((id) => page.locator(`#${id}`).evaluate(words)));
}

/** The secret of the dialog, which is closed then. */
export async function secret(page) {
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const found = await dialog.locator("output").innerText();
  await press(dialog, "I have kept it");
  await dialog.waitFor({ state: "detached" });
  return found;
}

/** What each row of a list says, line by line. */
export async function rows(page, list) {
  const found = await page.getByRole("list", { name: list, exact: true }).locator("> li").allInnerTexts();
  return found.map((text) => text.replace(/\n+/g, "\n"));
}

export const pictured = (page, name) => shot(page, name, "settings");
export const menu = (page) => text(page, ".menu a");
