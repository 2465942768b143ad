// A session that would end in some seconds is renewed before it does, without a word.
import { attempt, desk, given, hired, signIn, text, until, wire } from "./desk.mjs";

attempt(async () => {
  const { page, seen } = await desk();
  const held = await wire(page);
  await page.route("**/graphql", async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    if (answer.data?.login) answer.data.login.session.expiresAt = new Date(Date.now() + 11_000).toISOString();
    await route.fulfill({ response, json: answer });
  });
  await signIn(page);
  await page.getByText("Nothing has happened since").waitFor();
  await page.locator(".bars tbody tr").first().waitFor();
  const states = await page.evaluateHandle(() => {
    const noted = [];
    const element = document.querySelector(".connection");
    new MutationObserver(() => noted.push(element.dataset.state)).observe(element, { attributes: true });
    return noted;
  });
  const inits = () => held.sent.filter(({ type }) => type === "connection_init");
  const before = held.sent.length;
  await until("another connection", () => inits().length === 2);
  await hired("Later");
  await until("an event", async () => (await text(page, ".event .name")).some((name) => name.includes("Later")));
  return {
    refreshed: seen.asked.filter((field) => field === "refreshToken").length,
    tokens: new Set(inits().map(({ payload }) => payload.authorization)).size,
    states: await states.jsonValue(),
    wentOn: held.sent.slice(before).filter(({ type }) => type === "subscribe").map(({ payload }) => Boolean(payload.variables.after)),
    arrived: true,
    complaints: seen.complaints,
  };
});
