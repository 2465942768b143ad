// Somebody looks after their own sessions, password and second factor; others see the parts that their roles allow.
import { createHmac } from "node:crypto";

import { attempt, desk, enter, given, live, until } from "../live_page/desk.mjs";
import { fill, headed, heading, menu, open, part, pictured, press, rows, says, secret, sure, told, wrong } from "./hand.mjs";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What an authenticator shows for a secret at this moment. */
function codeOf(shown) {
  const bits = [...shown.replaceAll(" ", "")].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

attempt(async () => {
  const saw = { menus: {} };
  const { page, seen } = await desk();
  await open(page);
  const { page: other, seen: otherSeen } = await desk();
  await open(other);

  await part(page, "Sessions");
  await until("both", async () => (await rows(page, "Your sessions")).length === 2);
  saw.sessions = await rows(page, "Your sessions");
  await press(page.getByRole("list", { name: "Your sessions" }), /^End /);
  await press(page.getByRole("dialog"), "End");
  await until("this one alone", async () => (await rows(page, "Your sessions")).length === 1);
  await other.locator(".menu").getByRole("link", { name: "Sessions" }).click();
  await other.getByRole("heading", { name: "Settings" }).waitFor();
  saw.ended = await other.getByRole("alert").innerText();

  await part(page, "Profile");
  await fill(page, { "Your password now": "wrong", "The new password": given.password });
  await press(page, "Change the password");
  await until("a refusal", async () => (await page.locator("#content").innerText()).includes("password") && (await wrong(page)).length === 1);
  saw.wrong = await wrong(page);
  await fill(page, { "Your password now": given.who.password });
  await press(page, "Change the password");
  await told(page, "Your password is changed; every other session has ended.");
  saw.emptied = await page.getByLabel("The new password").inputValue();
  await fill(page, { "First name": "Augusta" });
  await press(page, "Save");
  await told(page, "Saved.");

  saw.providers = await rows(page, "Your providers");
  await sure(page, "Unlink Ours", "Unlink");
  await told(page, "Ours is unlinked.");
  await until("the other alone", async () => (await rows(page, "Your providers")).length === 1);

  await page.reload();
  await headed(page, "Profile");
  saw.firstName = await page.getByLabel("First name").inputValue();
  await page.locator("#top").getByRole("link", { name: "Live" }).click();
  await live(page);
  await page.locator("#top").getByRole("link", { name: "Settings" }).click();
  await page.locator("#heading").waitFor();

  await part(page, "Second factor");
  await fill(page, { "Your password": given.password });
  await press(page, "Turn it on");
  const shown = page.getByLabel("Secret", { exact: true });
  await shown.waitFor();
  saw.picture = await page.getByRole("img", { name: "The secret as a code to scan" }).count();
  await fill(page, { Code: "000000" });
  await press(page, "Confirm");
  await until("a refusal", async () => (await wrong(page)).length === 1);
  saw.wrongCode = await wrong(page);
  await pictured(page, "second-factor");
  await fill(page, { Code: codeOf(await shown.innerText()) });
  await press(page, "Confirm");
  const codes = (await secret(page)).split("\n");
  saw.codes = codes.length;
  await says(page, "Turn it off");
  saw.codesStay = (await page.content()).includes(codes[0]);

  await press(page, "Sign out");
  await enter(page, "/settings", { ...given.who, password: given.password });
  await fill(page, { Code: codes[0] });
  await press(page, "Sign in");
  await page.locator("#heading").waitFor();

  for (const [name, who] of Object.entries(given.others)) {
    const { page: theirs, seen: theirSeen } = await desk();
    await open(theirs, who);
    saw.menus[name] = await menu(theirs);
    await theirs.evaluate(() => (location.hash = "#/keys"));
    await until("a part", async () => (await theirs.locator(".menu [aria-current]").count()) === 1);
    const acts = await theirs.locator(".view-head .button").allInnerTexts();
    saw.keys = { ...saw.keys, [name]: [await heading(theirs), ...acts] };
    saw.complaints = [...(saw.complaints ?? []), ...theirSeen.complaints];
  }

  const { page: owner } = await desk();
  await open(owner, given.owner);
  await owner.evaluate((id) => (location.hash = `#/users/${id}`), given.id);
  await until("the provider", async () => (await owner.getByRole("list", { name: "Providers" }).count()) === 1 && (await rows(owner, "Providers")).length === 1);
  await sure(owner, "Unlink Theirs", "Unlink");
  await says(owner, "Linked to no provider.");
  return { ...saw, seen, otherSeen };
});
