// Somebody signs in at the provider of their company: the button is there, and nothing of the way back stays behind.
import { attempt, desk, given, live, shot } from "./desk.mjs";

attempt(async () => {
  const { page, context, seen } = await desk();
  const saw = {};
  await page.goto(`${given.base}/live`);
  saw.before = await page.getByRole("link", { name: /Sign in with/ }).count();
  await page.getByLabel("Company").fill(given.company);
  await page.keyboard.press("Tab");
  const button = page.getByRole("link", { name: "Sign in with Ours" });
  await button.waitFor();
  await shot(page, "sign-on");
  await button.click();
  await live(page);
  saw.address = page.url();
  const person = page.locator("#person").filter({ hasText: "Live, for" });
  await person.waitFor();
  saw.person = await person.innerText();
  saw.stored = await page.evaluate(() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage));
  saw.cookieRead = await page.evaluate(() => document.cookie);
  saw.cookies = (await context.cookies()).map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }));
  await page.goto(`${page.url()}#sso=wgs_used`);
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "not valid any more" }).waitFor();
  saw.again = page.url();
  await page.goto(new URL("/settings", page.url()).href);
  await page.getByRole("link", { name: "Sign in with Ours" }).click();
  await page.locator("#heading").waitFor();
  saw.settings = page.url();
  return { ...saw, complaints: seen.complaints };
});
