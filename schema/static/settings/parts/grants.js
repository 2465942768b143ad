// The roles that somebody holds, each within its scope: given and taken.

import { h } from "../../signed_in/dom.js";
import { form, given } from "../forms.js";
import { mark, row } from "../lists.js";
import { asking, reading, section } from "../pieces.js";

const PLACES = `query Places {
  departments(first: 200, orderBy: [{ name: ASC }]) { nodes { id name } }
  teams(first: 200, orderBy: [{ name: ASC }]) { nodes { id name } }
}`;
const SCOPES = [
  { value: "TENANT", name: "Throughout the company" },
  { value: "DEPARTMENT", name: "A department, and its parts" },
  { value: "TEAM", name: "A team" },
  { value: "REPORTS", name: "Who reports to them" },
  { value: "SELF", name: "Themselves" },
];

/** How far a role reaches, in words. */
function reach({ scope, department, team }) {
  if (scope === "DEPARTMENT") return `Within ${department?.name ?? "a department"}`;
  if (scope === "TEAM") return `Within ${team?.name ?? "a team"}`;
  return SCOPES.find(({ value }) => value === scope)?.name ?? scope;
}

/** The section of a person's roles. */
export function rolesHeld(desk, user, roles, may, again) {
  const take = (grant) => {
    const { role, scope, department, team } = grant;
    const input = given({ id: user.id, roleId: role.id, scope, departmentId: department?.id ?? null, teamId: team?.id ?? null });
    const asked = {
      title: `Take the role ${role.name}?`,
      words: `${user.firstName} holds it: ${reach(grant).toLowerCase()}. It counts from their next request on.`,
      send: () => desk.act("takeRole", input),
      said: `The role ${role.name} is taken.`,
    };
    return asking("Take", asked, again, { danger: true, label: `Take ${role.name}` });
  };
  const entry = (grant) =>
    row({
      title: grant.role.name,
      address: `#/roles/${grant.role.id}`,
      about: [grant.role.description],
      marks: [mark(reach(grant))],
      acts: [may && take(grant)],
    });
  const { nodes } = user.roles;
  const held = nodes.length ? h("ul", { class: "rows", role: "list", "aria-label": "Roles held" }, ...nodes.map(entry)) : h("p", { class: "note" }, "No role.");
  return section("Roles", held, may && reading(() => desk.ask(PLACES), (places) => giving(desk, user, roles, places, again)));
}

function giving(desk, user, roles, { departments, teams }, again) {
  const options = ({ nodes }) => nodes.map(({ id, name }) => ({ value: id, name }));
  const give = form({
    label: "Give a role",
    fields: [
      { name: "roleId", label: "Role", kind: "choice", required: true, options: options({ nodes: roles }) },
      { name: "scope", label: "Within", kind: "choice", required: true, options: SCOPES, value: "TENANT" },
      { name: "departmentId", label: "Department", kind: "choice", required: true, options: options(departments) },
      { name: "teamId", label: "Team", kind: "choice", required: true, options: options(teams) },
    ],
    submit: "Give the role",
    said: "The role is given.",
    send: (values) => desk.act("giveRole", { id: user.id, ...given(values) }),
    done: again,
  });
  const { scope, departmentId, teamId } = give.known;
  const fit = () => (departmentId.show(scope.value() === "DEPARTMENT"), teamId.show(scope.value() === "TEAM"));
  scope.changed(fit);
  fit();
  return h("details", { class: "fold" }, h("summary", {}, "Give a role"), give.element);
}
