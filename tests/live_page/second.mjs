// Somebody with a second factor signs in: the code is asked for after the password, and anew where it is wrong.
import { attempt, desk, given, live, shot, until } from "./desk.mjs";

attempt(async () => {
  const { page, seen } = await desk();
  const said = () => page.getByRole("alert").innerText();
  const saw = {};
  await page.goto(`${given.base}/live`);
  saw.before = await page.getByLabel("Code").isVisible();
  await page.getByLabel("Company").fill(given.who.company);
  await page.getByLabel("E-mail").fill(given.who.email);
  await page.getByLabel("Password").fill(given.who.password);
  await page.keyboard.press("Enter");
  await page.getByLabel("Code").waitFor();
  await until("what is asked", async () => (await said()) !== "");
  saw.asked = await said();
  saw.focused = await page.evaluate(() => document.activeElement.id);
  saw.invalid = await page.getByLabel("Code").getAttribute("aria-invalid");
  await shot(page, "code");
  await page.getByLabel("Code").fill("000000");
  await page.keyboard.press("Enter");
  await until("a refusal", async () => /wrong/.test(await said()));
  saw.stays = await page.getByLabel("Code").isVisible();
  await page.getByLabel("Code").fill(given.code);
  await page.getByRole("button", { name: "Sign in" }).click();
  await live(page);
  return { ...saw, seen };
});
