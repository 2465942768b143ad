// Somebody who may see next to nothing looks, and is shut out while they do.
import { attempt, desk, did, given, shot, signIn, text } from "./desk.mjs";

attempt(async () => {
  const { page, seen } = await desk();
  const saw = {};
  await signIn(page);
  await page.locator("#board .note:not([hidden])", { hasText: "roles" }).waitFor();
  await page.locator("#stream .note:not([hidden])", { hasText: "roles" }).waitFor();
  await page.locator("#objectives .note:not([hidden])", { hasText: "roles" }).waitFor();
  saw.notes = await text(page, ".note:not([hidden])");
  saw.boardIsThere = await page.locator(".board .bars").isVisible();
  await shot(page, "not-for-you");
  await did("giveRole", { id: given.id, roleId: given.role }, "user { id }", given.owner);
  await page.locator(".bars tbody tr").first().waitFor();
  await page.getByText("newest first").or(page.getByText("Nothing has happened")).waitFor();
  await page.locator("#objectives .note:not([hidden])", { hasText: "no cycle" }).waitFor();
  saw.notesLater = await text(page, ".note:not([hidden])");
  await did("takeRole", { id: given.id, roleId: given.role }, "user { id }", given.owner);
  await page.locator("#stream.refused").waitFor();
  await page.locator("#board.refused").waitFor();
  await page.locator("#objectives.refused").waitFor();
  saw.lists = await page.locator(".bars:visible, .events:visible").count();
  await did("deactivateUser", { id: given.id }, "user { id }", given.owner);
  await page.getByLabel("Password").waitFor();
  saw.why = await page.getByRole("alert").innerText();
  saw.focus = await page.evaluate(() => document.activeElement.textContent);
  saw.kept = await page.evaluate(() => Object.keys(sessionStorage));
  return { ...saw, seen };
});
