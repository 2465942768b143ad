// Single sign-on: the providers at which the company's people sign in, and which of their groups give which roles.

import { h } from "../../signed_in/dom.js";
import { changes, form, given } from "../forms.js";
import { mark, row } from "../lists.js";
import { asking, facts, outright, section, worded } from "../pieces.js";
import { lead } from "../routing.js";
import { creation, detail, overview } from "../views.js";

const FIELDS = "id name issuer clientIdentifier scopes groupsClaim domains justInTime enforced status callbackUrl version";
const ALL = { field: "ssoProviders", filter: "SsoProviderFilter", order: "[{ name: ASC }, { id: ASC }]", fields: "id name issuer status enforced" };
const ONE = `query Provider($id: ID!) { ssoProvider(id: $id) { ${FIELDS} groupRoles(first: 200) { nodes { id groupName role { id name } } } } }`;
const ROLES = "query Roles { roles(first: 200, orderBy: [{ name: ASC }]) { nodes { id name } } }";
const TONES = { ACTIVE: "good", PAUSED: "warn" };
const BACK = { name: "providers", address: "#/single-sign-on" };

export const signOn = {
  id: "single-sign-on",
  name: "Single sign-on",
  group: "Company",
  isFor: (who) => who.may("sso.manage"),
  show: (desk, [id]) => (id === "new" ? making(desk) : id ? provider(desk, id) : all(desk)),
};

function all(desk) {
  const entry = ({ id, name, issuer, status, enforced }) =>
    row({ title: name, address: `#/single-sign-on/${id}`, about: [issuer], marks: [enforced && mark("Enforced", "warn"), mark(worded(status), TONES[status])] });
  const make = { name: "Connect a provider", address: "#/single-sign-on/new" };
  return overview(desk, { title: "Single sign-on", label: "Providers", of: ALL, entry, empty: "There is no provider yet: people sign in with a password.", make });
}

const fieldsOf = ({ name, clientIdentifier, scopes, groupsClaim, domains, justInTime, enforced } = {}) => [
  { name: "name", label: "Name", value: name, required: true, hint: "What the button says; everybody may see it." },
  { name: "clientIdentifier", label: "Client id", value: clientIdentifier, required: true, hint: "Under which the provider knows this company." },
  { name: "domains", label: "Domains", kind: "lines", rows: 2, value: domains, hint: "Of e-mail addresses that it may speak for, one in a line. Where there are none, only who is linked already gets in." },
  { name: "scopes", label: "Scopes", kind: "lines", rows: 3, value: scopes ?? ["openid", "email", "profile"], required: true },
  { name: "groupsClaim", label: "Claim of groups", value: groupsClaim, hint: "The claim of the ID token that lists groups, where these give roles." },
  { name: "justInTime", label: "Who is not known becomes a user when they first sign in", kind: "yes", value: justInTime },
  { name: "enforced", label: "Passwords are refused, of everybody but owners", kind: "yes", value: enforced },
];
const ISSUER = { name: "issuer", label: "Issuer", kind: "url", required: true, hint: "Letter by letter as the provider's discovery document says it." };
const SECRET = { name: "clientSecret", label: "Client secret", kind: "password", autocomplete: "off", required: true, hint: "It is stored encrypted, and never shown." };

function making(desk) {
  const made = form({
    label: "Connect a provider",
    fields: [ISSUER, ...fieldsOf().toSpliced(2, 0, SECRET)],
    submit: "Connect",
    said: "The provider is connected.",
    send: (values) => desk.act("createSsoProvider", given(values), "ssoProvider { id }"),
    done: ({ ssoProvider }) => lead(`#/single-sign-on/${ssoProvider.id}`),
    cancel: () => lead("#/single-sign-on"),
  });
  return creation("Connect a provider", BACK, made.element);
}

function provider(desk, id) {
  const load = async () => {
    const [{ ssoProvider }, found] = await Promise.all([desk.ask(ONE, { id }), desk.ask(ROLES)]);
    return ssoProvider && { found: ssoProvider, roles: found.roles.nodes };
  };
  const show = ({ found, roles }, again) => [about(desk, found, again), groups(desk, found, roles, again), edited(desk, found, again), secret(desk, found)];
  return detail({ back: BACK, load, name: ({ found }) => found.name, show });
}

function about(desk, found, again) {
  const { id, name, status } = found;
  const on = (field) => () => desk.act(field, { id });
  const tried = h("p", { role: "status" });
  const say = ({ check: { works, keys, problem } }) => {
    tried.className = works ? "good" : "bad";
    tried.textContent = works ? `It works: it has ${keys === 1 ? "1 key" : `${keys} keys`}.` : problem;
  };
  const pause = { title: `Pause ${name}?`, words: "Nobody signs in through it until it is resumed. What it enforces is not enforced meanwhile.", send: on("pauseSsoProvider"), said: "The provider is paused." };
  const gone = { title: `Delete ${name}?`, words: "Nobody signs in through it any more, and who was linked to it is not linked any more.", send: on("deleteSsoProvider"), said: "The provider is deleted." };
  const told = facts([["Standing", mark(worded(status), TONES[status])], ["Issuer", found.issuer], ["Redirect URI", h("code", {}, found.callbackUrl)]]);
  const acts = [
    outright("Try it", () => desk.act("testSsoProvider", { id }, "check { works keys problem }", { once: false }), say, ""),
    status === "ACTIVE" ? asking("Pause", pause, again) : outright("Resume", on("resumeSsoProvider"), again, "The provider is active."),
    asking("Delete", gone, () => lead("#/single-sign-on")),
  ];
  return section("About", told, h("div", { class: "acts" }, ...acts), tried);
}

function groups(desk, { id, groupRoles }, roles, again) {
  const entry = (each) => {
    const take = { title: `Let ${each.groupName} give no role?`, words: "It is taken from its people when they next sign in.", send: () => desk.act("deleteSsoGroupRole", { id: each.id }), said: "It gives no role any more." };
    return row({ title: each.groupName, about: [`gives ${each.role?.name ?? "a role"}`], acts: [asking("Remove", take, again, { danger: true, label: `Remove ${each.groupName}` })] });
  };
  const add = form({
    label: "Let a group give a role",
    fields: [
      { name: "groupName", label: "Group", required: true },
      { name: "roleId", label: "Role", kind: "choice", required: true, options: roles.map((role) => ({ value: role.id, name: role.name })) },
    ],
    submit: "Add",
    said: "The group gives the role.",
    send: (values) => desk.act("addSsoGroupRole", { providerId: id, ...values }, "ssoGroupRole { id }"),
    done: again,
  });
  const held = groupRoles.nodes.length ? h("ul", { class: "rows", role: "list", "aria-label": "Groups" }, ...groupRoles.nodes.map(entry)) : h("p", { class: "note" }, "No group gives a role.");
  return section("Groups", held, h("details", { class: "fold" }, h("summary", {}, "Let a group give a role"), add.element));
}

function edited(desk, found, again) {
  const change = form({
    label: "Change the provider",
    fields: fieldsOf(found),
    submit: "Save",
    said: "Saved.",
    send: (values) => desk.act("updateSsoProvider", { id: found.id, expectedVersion: found.version, ...changes(values, found) }, "ssoProvider { id }"),
    done: again,
  });
  return section("Change", change.element);
}

function secret(desk, { id }) {
  const replaced = form({
    label: "Another client secret",
    fields: [{ ...SECRET, label: "The new client secret" }],
    submit: "Replace the secret",
    send: (values) => desk.act("replaceSsoClientSecret", { id, ...values }),
    done: () => replaced.element.reset(),
    said: "The secret is replaced.",
  });
  return section("Client secret", replaced.element);
}
