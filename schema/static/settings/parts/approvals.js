// Approvals: the policies that say who has to agree to which documents, and the steps of each in their order.

import { h } from "../../signed_in/dom.js";
import { changes, form, given } from "../forms.js";
import { mark, row } from "../lists.js";
import { asking, facts, outright, reading, section } from "../pieces.js";
import { lead } from "../routing.js";
import { creation, detail, overview } from "../views.js";
import { called } from "./users.js";

const FIELDS = "id name documentType department currency fromAmount toAmount active";
const ALL = { field: "approvalPolicies", filter: "ApprovalPolicyFilter", order: "[{ name: ASC }, { id: ASC }]", fields: FIELDS };
const ONE = `query Policy($id: ID!) {
  approvalPolicy(id: $id) {
    ${FIELDS} priority distinctPeople tolerancePct escalateAfterHours version
    steps(first: 50, orderBy: [{ position: ASC }]) { nodes { id kind level user { id firstName lastName } role { id name } } }
  }
}`;
const APPROVERS = `query Approvers {
  roles(first: 200, orderBy: [{ name: ASC }]) { nodes { id name } }
  users(first: 200, where: { isActive: { eq: true } }, orderBy: [{ lastName: ASC }, { firstName: ASC }]) { nodes { id firstName lastName } }
}`;
const KINDS = [
  { value: "ROLE", name: "Whoever holds a role" },
  { value: "USER", name: "Somebody" },
  { value: "MANAGER", name: "The manager of who asks" },
  { value: "NTH_MANAGER", name: "A manager further up" },
];
const BACK = { name: "policies", address: "#/approvals" };

export const approvals = {
  id: "approvals",
  name: "Approvals",
  group: "Company",
  isFor: (who) => who.may("approvals.read"),
  show: (desk, [id]) => (id === "new" ? making(desk) : id ? policy(desk, id) : all(desk)),
};

const standing = ({ active }) => (active ? mark("Followed", "good") : mark("Not followed"));

/** Which documents a policy is about, in words. */
function about({ documentType, department, currency, fromAmount, toAmount }) {
  const band = currency && `from ${fromAmount ?? 0}${toAmount ? ` to below ${toAmount}` : ""} ${currency}`;
  return [documentType, department && `of ${department}`, band].filter(Boolean).join(", ");
}

function all(desk) {
  const entry = (each) => row({ title: each.name, address: `#/approvals/${each.id}`, about: [about(each)], marks: [standing(each)] });
  const make = desk.who.may("approvals.manage") && { name: "Make a policy", address: "#/approvals/new" };
  return overview(desk, { title: "Approvals", label: "Policies", of: ALL, entry, empty: "There is no policy yet: nobody has to agree to anything.", make });
}

const fieldsOf = ({ name, department, currency, fromAmount, toAmount, tolerancePct, escalateAfterHours, priority, distinctPeople } = {}) => [
  { name: "name", label: "Name", value: name, required: true },
  { name: "department", label: "Documents of which department", value: department, hint: "Of any, where there is none." },
  { name: "currency", label: "Currency", value: currency, hint: "As in EUR. Of any amount, where there is none." },
  { name: "fromAmount", label: "From which amount", value: fromAmount },
  { name: "toAmount", label: "Below which amount", value: toAmount },
  { name: "tolerancePct", label: "How much an approved amount may change, in percent", value: tolerancePct },
  { name: "escalateAfterHours", label: "Hours after which managers may decide too", kind: "number", value: escalateAfterHours, min: 1 },
  { name: "priority", label: "Priority", kind: "number", value: priority, hint: "Of policies that are as specific as each other, the higher one is followed." },
  { name: "distinctPeople", label: "Each step takes another person", kind: "yes", value: distinctPeople },
];

function making(desk) {
  const type = { name: "documentType", label: "Type of documents", required: true, hint: "As in Flow. It stays." };
  const made = form({
    label: "Make a policy",
    fields: fieldsOf().toSpliced(1, 0, type),
    submit: "Make the policy",
    said: "The policy is made; it is followed once it has a step.",
    send: (values) => desk.act("createApprovalPolicy", given(values), "approvalPolicy { id }"),
    done: ({ approvalPolicy }) => lead(`#/approvals/${approvalPolicy.id}`),
    cancel: () => lead("#/approvals"),
  });
  return creation("Make a policy", BACK, made.element);
}

function policy(desk, id) {
  const may = desk.who.may("approvals.manage");
  const show = (found, again) => [told(desk, found, may, again), steps(desk, found, may, again), may && edited(desk, found, again)];
  return detail({ back: BACK, load: async () => (await desk.ask(ONE, { id })).approvalPolicy, name: (found) => found.name, show });
}

function told(desk, found, may, again) {
  const { id, name, active, escalateAfterHours, tolerancePct } = found;
  const pairs = [["Standing", standing(found)], ["About", about(found)], ["Amounts may change by", `${Number(tolerancePct)} %`], ["Managers may decide after", escalateAfterHours && `${escalateAfterHours} hours`]];
  const become = (to) => () => desk.act("updateApprovalPolicy", { id, active: to });
  const end = { title: `Follow ${name} no more?`, words: "What was asked for goes on as the policy was then; what is done from now on waits for nobody.", send: become(false), said: "The policy is not followed any more." };
  const gone = { title: `Delete ${name}?`, words: "A policy that was followed once is kept.", send: () => desk.act("deleteApprovalPolicy", { id }), said: `${name} is deleted.` };
  const acts = [active ? asking("Stop following", end, again) : outright("Follow", become(true), again, "The policy is followed."), asking("Delete", gone, () => lead("#/approvals"))];
  return section("About", facts(pairs), h("div", { class: "acts" }, ...(may ? acts : [])));
}

/** Who approves at a step, in words. */
function approver({ kind, level, user, role }) {
  if (kind === "USER") return user ? called(user) : "Somebody";
  if (kind === "ROLE") return `Whoever holds ${role?.name ?? "a role"}`;
  return kind === "MANAGER" ? "The manager of who asks" : `The manager ${level} levels above who asks`;
}

function steps(desk, { id, steps: { nodes } }, may, again) {
  const ids = nodes.map((step) => step.id);
  const earlier = (place) => () => desk.act("reorderApprovalPolicySteps", { id, ids: ids.with(place, ids[place - 1]).with(place - 1, ids[place]) });
  const entry = (step, place) => {
    const name = `${place + 1}. ${approver(step)}`;
    const gone = { title: "Take this step out?", words: name, send: () => desk.act("deleteApprovalPolicyStep", { id: step.id }), said: "The step is gone." };
    const move = may && place > 0 && outright("Move up", earlier(place), again, "The steps are in another order.");
    return row({ title: name, acts: [move, may && asking("Take out", gone, again, { danger: true, label: `Take out ${name}` })] });
  };
  const held = nodes.length ? h("ol", { class: "rows", role: "list", "aria-label": "Steps" }, ...nodes.map(entry)) : h("p", { class: "note" }, "It has no step yet.");
  return section("Steps", held, may && reading(() => desk.ask(APPROVERS), (found) => adding(desk, id, found, again)));
}

function adding(desk, policyId, { roles, users }, again) {
  const add = form({
    label: "Add a step",
    fields: [
      { name: "kind", label: "Who approves", kind: "choice", required: true, options: KINDS },
      { name: "roleId", label: "Role", kind: "choice", required: true, options: roles.nodes.map(({ id, name }) => ({ value: id, name })) },
      { name: "userId", label: "Person", kind: "choice", required: true, options: users.nodes.map((user) => ({ value: user.id, name: called(user) })) },
      { name: "level", label: "How many levels up", kind: "number", required: true, value: 2, min: 1 },
    ],
    submit: "Add the step",
    said: "The step is added.",
    send: (values) => desk.act("addApprovalPolicyStep", { policyId, ...given(values) }, "approvalPolicyStep { id }"),
    done: again,
  });
  const { kind, roleId, userId, level } = add.known;
  const fit = () => (roleId.show(kind.value() === "ROLE"), userId.show(kind.value() === "USER"), level.show(kind.value() === "NTH_MANAGER"));
  kind.changed(fit);
  fit();
  return h("details", { class: "fold" }, h("summary", {}, "Add a step"), add.element);
}

function edited(desk, found, again) {
  const change = form({
    label: "Change the policy",
    fields: fieldsOf(found),
    submit: "Save",
    said: "Saved.",
    send: (values) => desk.act("updateApprovalPolicy", { id: found.id, expectedVersion: found.version, ...changes(values, found) }, "approvalPolicy { id }"),
    done: again,
  });
  return section("Change", change.element);
}
