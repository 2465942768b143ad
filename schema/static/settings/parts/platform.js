// For people of the platform: the companies that they look after, who looks after each, and acting for somebody there.

import { h } from "../../signed_in/dom.js";
import { heldOf } from "../../signed_in/acting_for.js";
import { Declined } from "../acting.js";
import { form } from "../forms.js";
import { list, mark, row } from "../lists.js";
import { facts, section, view, worded } from "../pieces.js";
import { detail } from "../views.js";

const COMPANY = "id slug name plan status accountManager { name email phone }";
const ALL = `query Companies($plan: String) { platformTenants(plan: $plan) { ${COMPANY} } }`;
const PEOPLE = "query PlatformPeople { platformPeople { userId name email role } }";
const PLANS = ["starter", "growth", "professional", "enterprise", "agency"];
const MODES = [
  { value: "READ_ONLY", name: "Only read" },
  { value: "READ_WRITE", name: "Read and write, with leave of the company" },
];
/** A name of the catalog, as people write it. */
const titled = (name) => worded(name.toUpperCase());
const BACK = { name: "companies", address: "#/platform" };
const ONCE = { once: false };

export const platform = {
  id: "platform",
  name: "Companies",
  group: "Platform",
  isFor: (who) => who.may("platform.support"),
  show: (desk, [id]) => (id === undefined ? all(desk) : company(desk, id)),
};

function entry({ id, slug, name, plan, status, accountManager }) {
  const looks = accountManager ? `${accountManager.name} looks after it` : "Nobody looks after it";
  return row({
    title: name,
    address: `#/platform/${id}`,
    about: [h("span", {}, h("code", {}, slug), ` · ${titled(plan)}`), looks],
    marks: [status !== "active" && mark(titled(status), "warn")],
  });
}

/** All there are come at once: the list shows them in pages, as others. */
function all(desk) {
  let plan = null;
  const narrow = form({
    label: "Which companies",
    fields: [{ name: "plan", label: "Plan", kind: "choice", options: PLANS.map((value) => ({ value, name: titled(value) })) }],
    submit: "Show",
    send: async (values) => (plan = values.plan),
    done: () => found.begin(),
  });
  const load = async ({ first, after, text }) => {
    const { platformTenants } = await desk.ask(ALL, { plan });
    const fitting = platformTenants.filter(({ name, slug }) => `${name} ${slug}`.toLowerCase().includes(text.toLowerCase()));
    const from = after ?? 0;
    const pageInfo = { hasNextPage: from + first < fitting.length, endCursor: from + first };
    return { nodes: fitting.slice(from, from + first), totalCount: fitting.length, pageInfo };
  };
  const found = list({ label: "Companies", load, row: entry, search: "Search by name", empty: "There is no company that you look after." });
  const fold = h("details", { class: "fold" }, h("summary", {}, "Filter"), narrow.element);
  return view("Companies", {}, h("div", { class: "sheet" }, fold, found.element));
}

function company(desk, id) {
  const manages = desk.who.may("platform.manage");
  const load = async () => {
    const [{ platformTenants }, people] = await Promise.all([desk.ask(ALL), manages ? desk.ask(PEOPLE) : null]);
    const found = platformTenants.find((each) => each.id === id);
    return found ? { found, people: people?.platformPeople } : null;
  };
  const show = ({ found, people }, again) => [told(found), acting(desk, found), manages && managing(desk, found, people, again)];
  return detail({ back: BACK, load, name: ({ found }) => found.name, show });
}

/** Who looks after a company, and how to reach them. */
export function reached({ name, email, phone }) {
  return facts([["Name", name], ["E-mail", h("a", { href: `mailto:${email}` }, email)], ["Telephone", phone && h("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, phone)]]);
}

function told({ slug, plan, status, accountManager }) {
  return section("About", facts([["Short name", h("code", {}, slug)], ["Plan", titled(plan)], ["Standing", titled(status)], ["Account manager", accountManager?.name ?? "Nobody"]]));
}

function managing(desk, { id, accountManager }, people, again) {
  const now = people.find(({ email }) => email === accountManager?.email)?.userId;
  const assign = form({
    label: "Account manager",
    fields: [{ name: "userId", label: "Who looks after it", kind: "choice", value: now, options: people.map(({ userId, name, role }) => ({ value: userId, name: `${name}, ${worded(role)}` })), hint: "Sessions of whoever did so before end." }],
    submit: "Assign",
    said: "The account manager is assigned.",
    send: ({ userId }) => desk.act("assignAccountManager", { tenantId: id, userId }, "tenant { id }", ONCE),
    done: again,
  });
  return section("Account manager", accountManager && reached(accountManager), assign.element);
}

/** Where the address names a company, it lets in nobody of another one. */
const NAMED = "The address of this page is that of your company alone. To act for somebody, open the settings at the address of the installation.";

function acting(desk, { id }) {
  if (document.body.dataset.company === "named") return section("Act for somebody", h("p", { class: "note" }, NAMED));
  const begin = form({
    label: "Act for somebody",
    fields: [
      { name: "whom", label: "For whom", required: true, hint: "Their e-mail address or their id there." },
      { name: "reason", label: "Why", kind: "area", rows: 3, required: true, hint: "At least 10 characters. The company sees it." },
      { name: "ticketRef", label: "Ticket" },
      { name: "mode", label: "What you can do", kind: "choice", required: true, value: "READ_ONLY", options: MODES },
    ],
    submit: "Begin",
    send: ({ whom, ...values }) => started(desk, { tenantId: id, ...named(whom), ...values }),
    done: (held) => desk.turn(held),
  });
  const words = h("p", { class: "faint" }, "You see what they see, for 30 minutes at most. Their owners are told by mail, and all that you do is in their audit trail.");
  return section("Act for somebody", words, begin.element);
}

const named = (whom) => ({ [whom.includes("@") ? "email" : "userId"]: whom });

/** Begin; what is refused of the user is told at the one field that names them. */
async function started(desk, input) {
  try {
    return await heldOf(await desk.act("startImpersonation", input, "accessToken impersonationId tenant { name }", ONCE));
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
    const placed = (path) => (["userId", "email"].includes(path?.[1]) ? ["input", "whom"] : path);
    throw new Declined(error.refusals.map((refusal) => ({ ...refusal, path: placed(refusal.path) })));
  }
}
