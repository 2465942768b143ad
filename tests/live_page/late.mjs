// Events come late, as when there are very many: they are followed without the names, and none is left out.
import { attempt, desk, did, given, hired, listed, shot, signIn, text, until, wire } from "./desk.mjs";

attempt(async () => {
  const { page: steady } = await desk();
  const { page, seen } = await desk();
  const held = await wire(page);
  await page.route("**/graphql", async (route) => {
    const response = await route.fetch();
    const date = new Date(Date.now() + 20_000).toUTCString(); // so everything seems to come late
    await route.fulfill({ response, headers: { ...response.headers(), date } });
  });
  for (const each of [steady, page]) {
    await signIn(each);
    await each.getByLabel("Filter by type").fill("onboarding.*");
    await each.getByText("newest first").or(each.getByText("Nothing has happened")).waitFor();
  }
  await hired("First");
  await did("startOnboarding", {}, "clientMutationId", given.hire);
  await hired("Second");
  await until("what happened", async () => (await text(steady, ".event .name")).some((name) => name.includes("Second")));
  await until("the same", async () => JSON.stringify(await listed(page)) === JSON.stringify(await listed(steady)));
  await shot(page, "late");
  const asked = held.sent.filter(({ type, payload }) => type === "subscribe" && payload.query.includes("events("));
  return {
    names: asked.map(({ payload }) => payload.variables.names),
    wentOn: asked.map(({ payload }) => Boolean(payload.variables.after)),
    completed: held.sent.filter(({ type, id }) => type === "complete" && id === asked[0].id).length,
    named: (await text(page, ".event .name")).length < (await text(steady, ".event .name")).length,
    events: (await listed(page)).length,
    complaints: seen.complaints,
  };
});
