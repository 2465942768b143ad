// A visit of a few steps, each a list: what to do, and with what. It ends with what is on the page.
import { attempt, focused, given, go, phone, shot } from "./phone.mjs";

const STEPS = {
  back: (page) => page.goBack(),
  begin: (page) => page.locator(".welcome button").click(),
  check: (page, label) => page.getByLabel(label).check(),
  fill: (page, label, text) => page.getByLabel(label).fill(text),
  go,
  open: (page, address) => page.goto(address),
  press: (page, name) => page.getByRole("button", { name }).click(),
  reload: (page) => page.reload(),
  see: (page, text) => page.getByText(text, { exact: true }).locator("visible=true").first().waitFor(),
  shot: (page, name) => shot(page, name),
};

attempt(async () => {
  const { page, seen } = await phone(given.options);
  for (const [step, ...what] of given.steps) await STEPS[step](page, ...what);
  return {
    ...(await page.evaluate(() => ({
      address: location.href,
      lang: document.documentElement.lang,
      title: document.title,
      heading: document.querySelector("h1").textContent,
      text: document.querySelector("main").innerText,
      kept: Object.keys(sessionStorage),
    }))),
    focus: await focused(page),
    seen,
  };
});
