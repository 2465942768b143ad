// The audit trail: who did what to what, before and after; an object as it was; and whether the chain is whole.

import { serverNow } from "../../signed_in/api.js";
import { h } from "../../signed_in/dom.js";
import { form } from "../forms.js";
import { list, mark, pages } from "../lists.js";
import { moment, outright, section, view, worded } from "../pieces.js";

const ALL = {
  field: "auditLogs",
  filter: "AuditLogFilter",
  order: "[{ id: DESC }]",
  fields: `id occurredAt action operation entityType entityId entityVersion oldValues newValues actorType actorId address userAgent requestId
    actor { ... on User { firstName lastName } ... on ApiKey { name } ... on NewHire { firstName lastName } }
    impersonator { name } place { position }`,
};
const AS_OF = "query AsOf($id: ID!, $at: DateTime!) { entityAsOf(id: $id, at: $at) { type presence version changedAt values } }";
const VERIFY = "query Verify { verifyAudit { isIntact checked waiting lastPosition lastHash firstBroken { position why } } }";
const ACTIONS = ["CREATE", "UPDATE", "DELETE", "TRANSITION", "LOGIN", "EXPORT", "READ_SENSITIVE", "DENIED"];
const TONES = { CREATE: "good", DELETE: "bad", DENIED: "bad", TRANSITION: "warn" };

export const audit = {
  id: "audit",
  name: "Audit trail",
  group: "Records",
  isFor: (who) => who.may("audit.read"),
  show: (desk, [id]) => (id ? objectTrail(desk, id) : trail(desk)),
};

function trail(desk) {
  let where = null;
  const narrow = form({
    label: "What is shown",
    fields: [
      { name: "action", label: "What was done", kind: "choice", options: ACTIONS.map((value) => ({ value, name: worded(value) })) },
      { name: "entityType", label: "To which type", hint: "As in User or Flow." },
      { name: "operation", label: "By which operation", hint: "As in create_user." },
      { name: "from", label: "From", kind: "moment" },
      { name: "to", label: "Until", kind: "moment" },
    ],
    submit: "Show",
    send: async (values) => (where = filterOf(values)),
    done: () => found.begin(),
  });
  const found = list({ label: "Entries", load: pages(desk, ALL, () => where), row: entry, empty: "There is no such entry." });
  const fold = h("details", { class: "fold" }, h("summary", {}, "Filter"), narrow.element);
  return view("Audit trail", {}, verifying(desk), h("div", { class: "sheet" }, fold, found.element));
}

/** The filter that the entered values make; nothing, where nothing was entered. */
function filterOf({ action, entityType, operation, from, to }) {
  const parts = [action && { action: { eq: action } }, entityType && { entityType: { eq: entityType } }, operation && { operation: { contains: operation } }, from && { occurredAt: { gte: from } }, to && { occurredAt: { lte: to } }];
  const there = parts.filter(Boolean);
  return there.length ? { and: there } : null;
}

function actor({ actor: who, actorType, impersonator }) {
  if (impersonator) return `${impersonator.name} of support, who acted for somebody`;
  if (who?.firstName) return `${who.firstName} ${who.lastName}`;
  if (who?.name) return `the key ${who.name}`;
  return actorType === "system" ? "the system" : actorType.replaceAll("_", " ");
}

function entry(each) {
  const { occurredAt, action, operation, entityType, entityId, address, userAgent, requestId, place } = each;
  const head = h("div", { class: "event-head" }, h("p", {}, mark(worded(action), TONES[action]), " ", h("code", { class: "type" }, operation)), moment(occurredAt));
  const about = h("p", { class: "about" }, h("a", { href: `#/audit/${encodeURIComponent(entityId)}`, "aria-label": `Trail of this ${entityType}` }, entityType), ` by ${actor(each)}`);
  const asked = [address && `from ${address}`, userAgent, `request ${requestId}`, place && `place ${place.position}`].filter(Boolean).join(" · ");
  const fold = h("details", { class: "fold" }, h("summary", {}, "Before and after"), compared(each), h("p", { class: "faint" }, asked));
  return h("li", { class: "delivery" }, head, about, fold);
}

/** A value as text: what people wrote stays text. */
const told = (value) => (value === undefined || value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value));

/** The fields that were changed, each before and after. */
function compared({ oldValues, newValues }) {
  const names = [...new Set([...Object.keys(oldValues ?? {}), ...Object.keys(newValues ?? {})])];
  if (!names.length) return h("p", { class: "note" }, oldValues || newValues ? "No field that is shown." : "Nothing that you may read.");
  const head = h("thead", {}, h("tr", {}, ...["Field", "Before", "After"].map((name) => h("th", { scope: "col" }, name))));
  const rows = names.map((name) => h("tr", {}, h("th", { scope: "row" }, name), ...[oldValues, newValues].map((values) => h("td", { dir: "auto" }, told(values?.[name])))));
  return h("table", { class: "compared" }, head, h("tbody", {}, ...rows));
}

function verifying(desk) {
  const said = h("div", { role: "status" });
  const say = ({ verifyAudit: { isIntact, checked, waiting, lastPosition, lastHash, firstBroken } }) => {
    const tone = isIntact ? "good" : "bad";
    const words = isIntact ? `Whole: ${checked} entries agree, ${waiting} wait for their place.` : `Broken at place ${firstBroken.position}: ${worded(firstBroken.why).toLowerCase()}.`;
    said.replaceChildren(h("p", { class: tone }, words), lastHash ? h("p", { class: "faint" }, `Place ${lastPosition}: `, h("code", {}, lastHash)) : "");
  };
  return section("The chain", h("p", { class: "faint" }, "Each entry is chained to the one before it, so that none can be changed or removed unseen."), outright("Verify", () => desk.ask(VERIFY), say, ""), said);
}

function objectTrail(desk, id) {
  const heading = id.split("_")[0];
  const found = list({ label: "Entries", load: pages(desk, ALL, () => ({ entityId: { eq: id } })), row: entry, empty: "Nothing is told of it." });
  return view(heading, { back: { name: "entries", address: "#/audit" } }, h("p", { class: "faint" }, h("code", {}, id)), asOf(desk, id), section("What was done to it", found.element));
}

function asOf(desk, id) {
  const shown = h("div", { class: "stack", role: "status" });
  const asked = form({
    label: "As it was",
    fields: [{ name: "at", label: "At", kind: "moment", required: true, value: new Date(serverNow()).toISOString() }],
    submit: "Show it as it was",
    send: (values) => desk.ask(AS_OF, { id, ...values }),
    done: ({ entityAsOf }) => shown.replaceChildren(...state(entityAsOf)),
  });
  return section("As it was", asked.element, shown);
}

const PRESENCE = { THERE: "It was there", NOT_YET: "It was not there yet.", DELETED: "It was deleted before." };

function state(found) {
  if (!found) return [h("p", { class: "note" }, "This names nothing that you may see.")];
  const { presence, version, changedAt, values } = found;
  if (presence !== "THERE") return [h("p", { class: "note" }, PRESENCE[presence])];
  const rows = Object.entries(values ?? {}).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { dir: "auto" }, told(value))));
  return [h("p", {}, `${PRESENCE.THERE}, in version ${version}, last changed `, moment(changedAt), "."), h("table", { class: "compared" }, h("tbody", {}, ...rows))];
}
