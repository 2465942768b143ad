// Roles: those that came with the product, and the company's own, which are made, changed and deleted.

import { h } from "../../signed_in/dom.js";
import { changes, form } from "../forms.js";
import { mark, row } from "../lists.js";
import { asking, reading, section } from "../pieces.js";
import { lead } from "../routing.js";
import { creation, detail, overview } from "../views.js";
import { permissionChoices } from "./permissions.js";
import { called } from "./users.js";

const ALL = {
  field: "roles",
  filter: "RoleFilter",
  order: "[{ builtIn: ASC }, { name: ASC }]",
  fields: "id name description builtIn users(first: 1) { totalCount }",
};
const ONE = `query Role($id: ID!) {
  role(id: $id) {
    id name description builtIn permissions version
    users(first: 50) { totalCount nodes { id user { id firstName lastName } } }
  }
  roles(first: 200) { nodes { permissions } }
}`;
const KNOWN = "query Known { roles(first: 200) { nodes { permissions } } }";
const BACK = { name: "roles", address: "#/roles" };

export const roles = {
  id: "roles",
  name: "Roles",
  group: "Company",
  isFor: (who) => who.may("users.read"),
  show: (desk, [id]) => (id === "new" ? making(desk) : id ? role(desk, id) : all(desk)),
};

const holders = (count) => (count === 1 ? "1 person holds it" : `${count} people hold it`);

function all(desk) {
  const entry = ({ id, name, description, builtIn, users }) =>
    row({ title: name, address: `#/roles/${id}`, about: [description, holders(users.totalCount)], marks: [builtIn ? mark("Built in") : mark("Your own", "good")] });
  const make = desk.who.may("users.manage") && { name: "Make a role", address: "#/roles/new" };
  return overview(desk, { title: "Roles", of: ALL, entry, empty: "There is no role.", make });
}

const permissionsOf = ({ nodes }) => nodes.flatMap(({ permissions }) => permissions);

function fieldsOf(desk, known, { name, description, permissions = [] } = {}) {
  return [
    { name: "name", label: "Name", value: name, required: true },
    { name: "description", label: "What its holders do", value: description, required: true },
    {
      name: "permissions",
      label: "What they may",
      kind: "checks",
      value: permissions,
      hint: "What you lack yourself you can neither give nor take.",
      options: permissionChoices([...known, ...permissions], (each) => desk.who.may(each)),
    },
  ];
}

function making(desk) {
  const show = (found) =>
    form({
      label: "Make a role",
      fields: fieldsOf(desk, permissionsOf(found.roles)),
      submit: "Make the role",
      said: "The role is made.",
      send: (values) => desk.act("createRole", values, "role { id }"),
      done: (made) => lead(`#/roles/${made.role.id}`),
      cancel: () => lead("#/roles"),
    }).element;
  return creation("Make a role", BACK, reading(() => desk.ask(KNOWN), show));
}

function role(desk, id) {
  const load = async () => {
    const found = await desk.ask(ONE, { id });
    return found.role && found;
  };
  const show = (found, again) => {
    const own = !found.role.builtIn && desk.who.may("users.manage");
    return [own ? changing(desk, found, again) : told(found.role), holding(found.role)];
  };
  return detail({ back: BACK, load, name: (found) => found.role.name, show });
}

function told({ description, permissions }) {
  const names = h("ul", { class: "names", role: "list", "aria-label": "Permissions" }, ...permissions.map((name) => h("li", {}, h("code", {}, name))));
  return section("What its holders may", h("p", {}, description), names);
}

function changing(desk, found, again) {
  const { id, version, name, description, permissions } = found.role;
  const before = { name, description, permissions: permissions.toSorted() };
  const edited = form({
    label: "Change the role",
    fields: fieldsOf(desk, permissionsOf(found.roles), found.role),
    submit: "Save",
    said: "Saved.",
    send: (values) => desk.act("updateRole", { id, expectedVersion: version, ...changes({ ...values, permissions: values.permissions.toSorted() }, before) }, "role { id }"),
    done: again,
  });
  const asked = { title: `Delete the role ${name}?`, words: "It is gone for good. A role that somebody holds is not deleted.", send: () => desk.act("deleteRole", { id }), said: `The role ${name} is deleted.` };
  return section("What its holders may", edited.element, h("div", { class: "acts below" }, asking("Delete the role", asked, () => lead("#/roles"))));
}

function holding({ users }) {
  const people = new Map(users.nodes.filter(({ user }) => user).map(({ user }) => [user.id, user]));
  const names = [...people.values()].map((user) => h("li", {}, h("a", { href: `#/users/${user.id}` }, called(user))));
  const more = users.totalCount > users.nodes.length && `The first ${users.nodes.length} of ${users.totalCount}.`;
  return section("Who holds it", names.length ? h("ul", { class: "names", role: "list", "aria-label": "Holders" }, ...names) : h("p", { class: "note" }, "Nobody."), more ? h("p", { class: "faint" }, more) : null);
}
