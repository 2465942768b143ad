// A company's texts and addresses are shown and never run, even if the API let everything through.
import { attempt, fetched, given, heading, phone } from "./phone.mjs";

const SCRIPT = "<img src=x onerror=\"window.ran='text'\"><script>window.ran='script'</script>";
const ADDRESSES = ["javascript:window.ran='url'", "data:text/html,<script>window.ran='data'</script>", "file:///etc/passwd", "vbscript:x"];

const block = (id, base, more) => ({
  ...{ id, base, type: base, title: SCRIPT, content: `${SCRIPT}\njavascript:alert(1) https://example.com/"onmouseover="x`, displayOnly: true },
  ...{ required: false, assignee: "NEW_HIRE", mine: true, status: "PENDING", value: null, errors: [], uploads: [], reviewStatus: "NONE" },
  ...more,
});

function poisoned(session) {
  const blocks = ADDRESSES.flatMap((url, at) => [
    block(`l${at}`, "link", { config: { url, label: SCRIPT } }),
    block(`i${at}`, "image", { config: { url, alt: SCRIPT } }),
    block(`v${at}`, "video", { config: { url } }),
    block(`m${at}`, "meet_the_team", { config: { people: [{ name: SCRIPT, photo_url: url }] } }),
    block(`p${at}`, "acknowledge_policy", { displayOnly: false, config: { policy_url: url, policy_text: SCRIPT } }),
  ]);
  blocks.push(block("o", "org_chart", { config: { people: [{ name: "A", reports_to: "B" }, { name: "B", reports_to: "A" }] } }));
  session.company = { ...session.company, name: SCRIPT, logoUrl: ADDRESSES[0], primaryColor: "red;background:url(//evil.example)" };
  session.stages[0] = { ...session.stages[0], name: SCRIPT, description: SCRIPT, blocks };
  return session;
}

attempt(async () => {
  const { page, seen } = await phone();
  await page.route("**/graphql", async (route) => {
    const response = await fetched(route);
    const answer = await response.json();
    const session = answer.data.onboardingSession ?? answer.data.startOnboarding?.session;
    if (session) poisoned(session);
    await route.fulfill({ response, json: answer });
  });
  await page.goto(given.link);
  await page.getByRole("button", { name: "Begin" }).click();
  await heading(page, /onerror/);
  for (const link of await page.locator("main a").all()) if (!(await link.getAttribute("href"))?.startsWith("https://")) await link.click();
  return page.evaluate((complaints) => {
    const tried = (act) => {
      try {
        return act() ?? "done";
      } catch (error) {
        return error.name;
      }
    };
    return {
      ran: window.ran ?? null,
      links: [...document.querySelectorAll("main a")].map(({ href, rel }) => [new URL(href).protocol, rel]),
      sources: [...document.querySelectorAll("main img, main video, header img")].map(({ src }) => src),
      scripts: document.querySelectorAll("main script, main iframe, main object").length,
      styles: document.querySelectorAll("[style]:not(html):not(.meter span)").length,
      people: document.querySelectorAll(".chart .person").length,
      markup: tried(() => void (document.createElement("p").innerHTML = "<b>x</b>")),
      complaints,
    };
  }, seen.complaints);
});
