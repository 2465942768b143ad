// The connection goes, answers are lost on their way, and everything arrives once.
import { attempt, fetched, given, go, heading, phone, shot } from "./phone.mjs";

const PICTURE = Buffer.from(given.picture, "base64");
const asks = (route, field) => route.request().postData()?.includes(`${field}(`);

/** Let the server do what is asked the first time, and lose its answer. */
async function loseOnce(page, address, wanted) {
  let lost = 0;
  await page.route(address, async (route) => {
    if (lost || !wanted(route)) return route.continue();
    lost += 1;
    await fetched(route);
    return route.abort("connectionreset");
  });
  return () => lost;
}

attempt(async () => {
  const { page, context, seen } = await phone();
  await page.goto(given.link);
  await page.getByRole("button", { name: "Begin" }).click();
  await heading(page, "About you");
  const name = page.getByLabel("What should we call you?");

  await page.route("**/graphql", (route) => (asks(route, "saveContentBlock") ? route.abort("internetdisconnected") : route.continue()));
  await name.fill("Mira, not sent");
  await page.getByText("Not sent yet").waitFor();
  await page.unroute("**/graphql");
  const before = seen.sent.filter(({ query }) => query.includes("saveContentBlock(")).at(-1);
  await page.reload(); // the page is loaded anew before the answer could be sent
  await heading(page, "About you");
  const survived = await name.inputValue();
  await page.getByText("Saved", { exact: true }).waitFor();
  const after = seen.sent.filter(({ query }) => query.includes("saveContentBlock(")).at(-1);
  const kept = await page.evaluate(() => sessionStorage.getItem("workgraph.portal.unsent"));

  const lostFile = await loseOnce(page, "**/files/upload/**", () => true);
  await page.locator("input[type=file]").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: PICTURE });
  await page.getByText("me.png is uploaded.").waitFor({ state: "attached" });
  await page.getByText("Saved", { exact: true }).waitFor();

  await context.setOffline(true);
  await name.fill("Mira, by train");
  const banner = page.locator(".notice");
  await banner.waitFor();
  const said = await banner.innerText();
  await shot(page, "offline", false);
  await page.emulateMedia({ colorScheme: "dark" });
  await shot(page, "offline-dark", false);
  await page.emulateMedia({ colorScheme: "light" });
  await go(page);
  await page.getByRole("button", { name: "Sends when you are connected" }).waitFor();

  const lostAnswer = await loseOnce(page, "**/graphql", (route) => asks(route, "completeContentBlock"));
  await context.setOffline(false);
  await heading(page, "That was all");
  const gone = await banner.count();
  const completions = seen.sent.filter(({ query }) => query.includes("completeContentBlock("));
  return {
    survived,
    kept,
    sameKey: before.variables.input.idempotencyKey === after.variables.input.idempotencyKey,
    said,
    gone,
    lost: [lostFile(), lostAnswer()],
    keys: completions.map(({ variables }) => [variables.input.contentBlockId, variables.input.idempotencyKey]),
    seen: { strangers: seen.strangers, leaks: seen.leaks },
  };
});
