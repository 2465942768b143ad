// API keys: made and rotated with a secret that is shown once, changed, revoked, and how much each was used.

import { h } from "../../signed_in/dom.js";
import { askedFirst, revealed } from "../dialogs.js";
import { changes, form, given } from "../forms.js";
import { mark, row } from "../lists.js";
import { asking, button, facts, moment, reading, section, worded } from "../pieces.js";
import { lead } from "../routing.js";
import { creation, detail, overview } from "../views.js";
import { NOT_FOR_KEYS, permissionChoices } from "./permissions.js";
import { usage } from "./usage.js";
import { called } from "./users.js";

const FIELDS = "id name prefix scopes status expiresAt lastUsedAt rotatedAt client { name }";
const ALL = { field: "apiKeys", filter: "ApiKeyFilter", order: "[{ id: DESC }]", fields: FIELDS };
const ONE = `query Key($id: ID!) {
  apiKey(id: $id) {
    ${FIELDS} allowedIps rateLimitPerMin revokedAt lastUsedIp createdAt version makerId maker { firstName lastName } rotatedFrom { id name prefix }
    usage { day requests refused points }
  }
}`;
const CLIENTS = "query Clients { apiClients(first: 200, orderBy: [{ name: ASC }]) { nodes { id name } } }";
const REVEALED = "revealed { key apiKey { id } }";
const TONES = { ACTIVE: "good", EXPIRED: "quiet", REVOKED: "bad" };
const BACK = { name: "keys", address: "#/keys" };

export const keys = {
  id: "keys",
  name: "API keys",
  group: "Programs",
  isFor: (who) => who.may("keys.read"),
  show: (desk, [id]) => (id === "new" ? making(desk) : id ? key(desk, id) : all(desk)),
};

const standing = ({ status, rotatedAt }) => (status === "ACTIVE" && rotatedAt ? mark("Rotated", "warn") : mark(worded(status), TONES[status]));

function all(desk) {
  const where = (text) => text && { name: { icontains: text } };
  const entry = (each) =>
    row({
      title: each.name,
      address: `#/keys/${each.id}`,
      about: [h("span", {}, h("code", {}, `wgk_${each.prefix}…`), each.client ? ` of ${each.client.name}` : ""), h("span", {}, "Used ", moment(each.lastUsedAt, "never"))],
      marks: [standing(each)],
    });
  const make = desk.who.may("keys.manage") && { name: "Make a key", address: "#/keys/new" };
  return overview(desk, { title: "API keys", of: ALL, where, entry, search: "Search by name", empty: "There is no key yet. A key lets a program of somebody else run the documents of its client.", make });
}

function fieldsOf(desk, { name, scopes = [], allowedIps, rateLimitPerMin, expiresAt } = {}) {
  const forKeys = desk.who.viewer.permissions.filter((each) => !NOT_FOR_KEYS.has(each));
  return [
    { name: "name", label: "Name", value: name, required: true },
    { name: "scopes", label: "What it may", kind: "checks", value: scopes, required: true, options: permissionChoices([...forKeys, ...scopes], () => true) },
    { name: "allowedIps", label: "From which networks", kind: "lines", value: allowedIps, rows: 2, hint: "One in a line, as in 192.0.2.0/24. From anywhere, where there are none." },
    { name: "rateLimitPerMin", label: "Requests in a minute", kind: "number", value: rateLimitPerMin, min: 1 },
    { name: "expiresAt", label: "Runs out at", kind: "moment", value: expiresAt },
  ];
}

/** Show a new key, once, and go on to its page. */
async function shown({ revealed: { key: secret, apiKey } }) {
  await revealed({
    title: "Your new key",
    words: secret ? "It is shown this once. Keep it where secrets are kept; whoever loses it rotates the key." : "It was made, and its secret was lost on the way here. Rotate it to get another one.",
    name: "API key",
    secret,
  });
  lead(`#/keys/${apiKey.id}`);
}

function making(desk) {
  const show = ({ apiClients }) => {
    if (!apiClients.nodes.length) return h("p", { class: "note" }, "A key belongs to a client, and there is none yet. ", h("a", { href: "#/clients/new" }, "Make a client first"), ".");
    const options = apiClients.nodes.map(({ id, name }) => ({ value: id, name }));
    return form({
      label: "Make a key",
      fields: [{ name: "clientId", label: "Client", kind: "choice", required: true, options, hint: "It runs the registered documents of this client, and nothing else." }, ...fieldsOf(desk)],
      submit: "Make the key",
      send: (values) => desk.act("createApiKey", given(values), REVEALED),
      done: shown,
      cancel: () => lead("#/keys"),
    }).element;
  };
  return creation("Make a key", BACK, reading(() => desk.ask(CLIENTS), show));
}

function key(desk, id) {
  const show = (found, again) => {
    const isOpen = found.status === "ACTIVE" && !found.rotatedAt;
    return [about(desk, found, isOpen, again), usage(found.usage), isOpen && desk.who.may("keys.manage") && edited(desk, found, again)];
  };
  return detail({ back: BACK, load: async () => (await desk.ask(ONE, { id })).apiKey, name: (found) => found.name, show });
}

function about(desk, found, isOpen, again) {
  const told = facts([
    ["Begins with", h("code", {}, `wgk_${found.prefix}`)],
    ["Standing", standing(found)],
    ["Client", found.client?.name],
    ["Made by", found.maker && called(found.maker)],
    ["Made", moment(found.createdAt)],
    ["Runs out", moment(found.expiresAt, "never")],
    found.revokedAt && ["Revoked", moment(found.revokedAt)],
    ["Used", h("span", {}, moment(found.lastUsedAt, "never"), found.lastUsedIp ? ` from ${found.lastUsedIp}` : "")],
    found.rotatedFrom && ["In place of", h("a", { href: `#/keys/${found.rotatedFrom.id}` }, `wgk_${found.rotatedFrom.prefix}…`)],
    ["May", found.scopes.join(", ")],
  ]);
  const mayRevoke = found.status === "ACTIVE" && (desk.who.may("keys.manage") || (desk.who.may("keys.revoke_own") && found.makerId === desk.who.user?.id));
  const revoke = { title: `Revoke ${found.name}?`, words: "Its next request is refused, for good.", send: () => desk.act("revokeApiKey", { id: found.id }), said: "The key is revoked." };
  const rotate = isOpen && desk.who.may("keys.manage") && button("Rotate", () => rotated(desk, found));
  return section("About", told, h("div", { class: "acts" }, rotate, mayRevoke && asking("Revoke", revoke, again)));
}

async function rotated(desk, { id, name }) {
  const done = await askedFirst({
    title: `Rotate ${name}?`,
    words: "Another key takes its place. The one that there is goes on for a while, so that its program can be given the new one.",
    fields: [{ name: "graceMinutes", label: "Minutes for which the old one goes on", kind: "number", value: 1440, min: 0, max: 1440, required: true }],
    submit: "Rotate",
    danger: false,
    send: (values) => desk.act("rotateApiKey", { id, ...values }, REVEALED),
  });
  if (done) await shown(done.found);
}

function edited(desk, found, again) {
  const before = { ...found, scopes: found.scopes.toSorted() };
  const change = form({
    label: "Change the key",
    fields: fieldsOf(desk, found),
    submit: "Save",
    said: "Saved.",
    send: (values) => desk.act("updateApiKey", { id: found.id, expectedVersion: found.version, ...changed({ ...values, scopes: values.scopes.toSorted() }, before) }, "apiKey { id }"),
    done: again,
  });
  return section("Change", change.element);
}

/** A field for instants knows minutes: one that shows the same minute was not changed. */
function changed(values, before) {
  const minute = (text) => text && new Date(Math.floor(Date.parse(text) / 60_000) * 60_000).toISOString();
  return changes(values, { ...before, expiresAt: minute(before.expiresAt) });
}
