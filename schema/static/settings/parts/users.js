// People: who can sign in, inviting, shutting out, and the roles that each holds.

import { h } from "../../signed_in/dom.js";
import { changes, form, given } from "../forms.js";
import { mark, row } from "../lists.js";
import { asking, facts, moment, outright, reading, section } from "../pieces.js";
import { lead } from "../routing.js";
import { creation, detail, overview } from "../views.js";
import { rolesHeld } from "./grants.js";
import { identitiesOf } from "./identities.js";
import { sessionsOf } from "./sessions_of.js";

const ALL = {
  field: "users",
  filter: "UserFilter",
  order: "[{ lastName: ASC }, { firstName: ASC }, { id: ASC }]",
  fields: "id firstName lastName email isActive lastLoginAt erasedAt roleNames",
};
const ONE = `query User($id: ID!) {
  user(id: $id) {
    id firstName lastName email department isActive lastLoginAt emailVerifiedAt lockedUntil mfaEnabled erasedAt createdAt version
    manager { id firstName lastName }
    roles(first: 100) { nodes { id scope role { id name description } department { id name } team { id name } } }
  }
}`;
const ROLES = "query Roles { roles(first: 200, orderBy: [{ name: ASC }]) { nodes { id name description } } }";

const BACK = { name: "people", address: "#/users" };

export const users = {
  id: "users",
  name: "People",
  group: "Company",
  isFor: (who) => who.mayWithin("users.read"),
  show: (desk, [id]) => (id === "new" ? invitation(desk) : id ? person(desk, id) : everybody(desk)),
};

export const called = ({ firstName, lastName }) => `${firstName} ${lastName}`;

/** Search in names and addresses; each word has to be somewhere. */
function sought(text) {
  const words = text.split(/\s+/).filter(Boolean);
  const some = (word) => ({ or: ["firstName", "lastName", "email"].map((name) => ({ [name]: { icontains: word } })) });
  return words.length ? { and: words.map(some) } : null;
}

function standing({ isActive, erasedAt, lastLoginAt }) {
  if (erasedAt) return mark("Erased");
  if (!isActive) return mark("Deactivated", "bad");
  return lastLoginAt ? mark("Active", "good") : mark("Has not signed in", "warn");
}

function everybody(desk) {
  const entry = (user) =>
    row({
      title: called(user),
      address: `#/users/${user.id}`,
      about: [h("span", {}, user.email), user.roleNames?.length ? user.roleNames.join(", ") : "No role"],
      marks: [standing(user)],
    });
  const make = desk.who.may("users.manage") && { name: "Invite somebody", address: "#/users/new" };
  return overview(desk, { title: "People", of: ALL, where: sought, entry, search: "Search by name or address", empty: "There is nobody yet.", make });
}

function invitation(desk) {
  const show = ({ roles }) =>
    form({
      label: "Invite somebody",
      fields: [
        { name: "email", label: "E-mail", kind: "email", required: true, hint: "The invitation goes there: a link with which a password is chosen." },
        { name: "firstName", label: "First name", required: true },
        { name: "lastName", label: "Last name", required: true },
        { name: "department", label: "Department" },
        { name: "roles", label: "Roles throughout the company", kind: "checks", options: roles.nodes.map(({ id, name, description }) => ({ value: id, name, note: description })) },
      ],
      submit: "Invite",
      said: "The invitation is sent.",
      send: (values) => desk.act("createUser", given(values), "user { id }"),
      done: ({ user }) => lead(`#/users/${user.id}`),
      cancel: () => lead("#/users"),
    }).element;
  return creation("Invite somebody", BACK, reading(() => desk.ask(ROLES), show));
}

function person(desk, id) {
  const load = async () => {
    const [{ user }, offered] = await Promise.all([desk.ask(ONE, { id }), desk.who.mayWithin("users.manage") ? desk.ask(ROLES) : null]);
    return user && { user, roles: offered?.roles.nodes ?? [] };
  };
  const show = ({ user, roles }, again) => {
    const may = desk.who.mayWithin("users.manage") && !user.erasedAt;
    const signsIn = may ? [edited(desk, user, again), sessionsOf(desk, user), identitiesOf(desk, user)] : [];
    return [about(desk, user, may, again), rolesHeld(desk, user, roles, may, again), ...signsIn];
  };
  return detail({ back: BACK, load, name: ({ user }) => called(user), show });
}

function about(desk, user, may, again) {
  const locked = Date.parse(user.lockedUntil) > Date.now();
  const told = facts([
    ["E-mail", user.email],
    ["Standing", standing(user)],
    ["Last signed in", moment(user.lastLoginAt, "never")],
    ["Address proved", moment(user.emailVerifiedAt, "not yet")],
    ["Second factor", user.mfaEnabled ? "on" : "off"],
    locked && ["Locked", moment(user.lockedUntil)],
    ["Reports to", user.manager ? h("a", { href: `#/users/${user.manager.id}` }, called(user.manager)) : null],
    ["Here since", moment(user.createdAt)],
  ]);
  const trail = desk.who.may("audit.read") && h("a", { class: "button", href: `#/audit/${user.id}` }, "Audit trail");
  return section("About", told, h("div", { class: "acts" }, ...(may ? acts(desk, user, again) : []), trail || null));
}

function acts(desk, user, again) {
  const name = called(user);
  const on = (field) => () => desk.act(field, { id: user.id });
  const shutOut = {
    title: `Deactivate ${name}?`,
    words: "Their sessions end at once, and mailed links are dead. Their work stays theirs. You can activate them again.",
    send: on("deactivateUser"),
    said: `${name} is deactivated.`,
  };
  const reset = {
    title: `Take the second factor off ${name}?`,
    words: "For somebody who has lost it: their sessions end, and they are told by mail.",
    send: on("resetSecondFactor"),
    said: "The second factor is off.",
  };
  const isOwn = user.id === desk.who.user?.id;
  return [
    user.isActive && !user.lastLoginAt && outright("Send the invitation again", on("resendUserInvitation"), again, "The invitation is sent."),
    user.mfaEnabled && !isOwn && asking("Reset second factor", reset, again),
    user.isActive ? asking("Deactivate", shutOut, again) : outright("Activate", on("activateUser"), again, `${name} is active.`),
  ];
}

function edited(desk, user, again) {
  const { id, version, firstName, lastName, department } = user;
  const change = form({
    label: "Change",
    fields: [
      { name: "firstName", label: "First name", value: firstName, required: true },
      { name: "lastName", label: "Last name", value: lastName, required: true },
      { name: "department", label: "Department", value: department },
    ],
    submit: "Save",
    said: "Saved.",
    send: (values) => desk.act("updateUser", { id, expectedVersion: version, ...changes(values, { firstName, lastName, department }) }, "user { id }"),
    done: again,
  });
  return section("Name and department", change.element);
}
