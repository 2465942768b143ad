// From the link of the mail to the end, on a phone: begin, err, be told, correct, upload, go on, finish.
import { attempt, focused, given, go, heading, phone, shot } from "./phone.mjs";

const PICTURE = Buffer.from(given.picture, "base64");

attempt(async () => {
  const { page, context, seen } = await phone();
  const dark = async (name) => {
    await page.emulateMedia({ colorScheme: "dark" });
    await shot(page, `${name}-dark`);
    await page.emulateMedia({ colorScheme: "light" });
  };

  await page.goto(given.link);
  await heading(page, "Welcome, Mira!");
  const address = page.url();
  const titles = [await page.title()];
  const back = await page.evaluate(() => history.length);
  await shot(page, "welcome");
  await dark("welcome");
  const band = await page.evaluate(() => getComputedStyle(document.querySelector(".top")).backgroundColor);
  await page.getByRole("button", { name: "Begin" }).click();

  await heading(page, "About you");
  const begun = await focused(page);
  titles.push(await page.title());
  await shot(page, "stage");
  await dark("stage");
  await go(page);
  await page.getByText("Please fill this in.").first().waitFor();
  const missing = { said: await page.locator(".outcome").innerText(), focus: await focused(page) };

  const name = page.getByLabel("What should we call you?");
  await name.fill("M");
  await page.getByLabel("Bicycle").check();
  await page.getByLabel("Shoe size").fill("99");
  await page.getByRole("group", { name: "A photo" }).getByLabel("Choose a file").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: PICTURE });
  await page.locator(".files li progress").waitFor({ state: "hidden" });
  await page.getByText("Saved", { exact: true }).waitFor();
  await go(page);
  await page.locator("[aria-invalid=true]").first().waitFor();
  const refused = await page.evaluate(() =>
    [...document.querySelectorAll("input[aria-invalid=true]")].map((field) => ({
      label: field.labels[0].textContent,
      says: field.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" "),
      focus: document.activeElement === field,
    })),
  );
  await shot(page, "refused", false);
  await page.emulateMedia({ colorScheme: "dark" });
  await shot(page, "refused-dark", false);
  await page.emulateMedia({ colorScheme: "light" });

  await name.fill("Mira O.");
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.reload();
  await heading(page, "About you");
  const resumed = { name: await name.inputValue(), url: page.url() };

  const second = await context.newPage(); // the mail's link, opened once more
  await second.goto(given.link);
  await second.getByRole("heading", { level: 1, name: "About you" }).waitFor();
  const again = await second.getByLabel("What should we call you?").inputValue();
  await second.close();

  await page.getByLabel("Shoe size").fill("41");
  await go(page);
  const lock = page.getByLabel("Do you need a lock?"); // asked of those who come by bicycle
  await lock.waitFor();
  await lock.fill("Yes, please");
  await go(page);

  await heading(page, "Papers");
  const went = { focus: await focused(page), said: await page.locator("#said").textContent() };
  await page.getByLabel("I have read").check();
  await page.getByLabel("Your full name").fill("Mira Okafor");
  await page.getByLabel("I agree").check();
  await page.getByLabel("Kind of document").selectOption("passport");
  await page.getByLabel("Number of the document").fill("C01X00T47");
  await page.getByLabel("Valid until").fill("2020-01-01");
  await page.getByLabel("Issued by").selectOption({ label: "Germany" });
  await page.getByLabel("Stay and water").check();
  await page.getByLabel("Boots").check();
  await go(page);
  const run = page.getByLabel("Valid until");
  await page.locator("[aria-invalid=true]").first().waitFor();
  const inside = { date: await run.getAttribute("aria-invalid"), focus: await focused(page), quiz: await page.locator(".base-quiz .wrong:visible").innerText() };
  await shot(page, "papers-refused");
  await run.fill("2049-01-01");
  await page.getByLabel("Go inside").check();
  await go(page);

  await heading(page, "The team");
  await shot(page, "team");
  await page.setViewportSize({ width: 1280, height: 900 });
  await shot(page, "team-desktop");
  await page.setViewportSize({ width: 360, height: 740 });
  await go(page);
  await heading(page, "That was all");
  await page.getByRole("button", { name: "Finish" }).click();
  await heading(page, "All done, Mira!");
  titles.push(await page.title());
  await shot(page, "done");
  await dark("done");
  await page.getByRole("button", { name: "Papers" }).click();
  await heading(page, "Papers");
  const looked = await page.locator("main").innerText();
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie);
  const widest = await page.evaluate(() => document.documentElement.scrollWidth);

  return { address, titles, back, band, begun, missing, refused, resumed, again, went, inside, looked, stored, widest, seen: { ...seen, sent: undefined } };
});
