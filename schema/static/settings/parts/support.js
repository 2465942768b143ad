// Support, as the company sees it: who looks after it, who has acted for its people, and leave to write in their stead.

import { serverNow } from "../../signed_in/api.js";
import { h } from "../../signed_in/dom.js";
import { form } from "../forms.js";
import { list, mark, pages, row } from "../lists.js";
import { asking, facts, moment, reading, section, view, worded } from "../pieces.js";
import { reached } from "./platform.js";
import { called } from "./users.js";

const MANAGER = "query Manager { accountManager { name email phone } }";
const LEAVE = `query Leave {
  supportAccesses(first: 1, where: { withdrawnAt: { isNull: true } }, orderBy: [{ id: DESC }]) { nodes { id until createdAt grantedBy { firstName lastName } } }
}`;
const ALL = {
  field: "impersonationSessions",
  filter: "ImpersonationSessionFilter",
  order: "[{ id: DESC }]",
  fields: "id actorName actorRole reason ticketRef mode status startedAt expiresAt endedAt endReason user { firstName lastName }",
};
const TONES = { ACTIVE: "warn", ENDED: "quiet", EXPIRED: "quiet", REVOKED: "bad" };
const A_WEEK = 7 * 24 * 60 * 60_000;

export const support = {
  id: "support",
  name: "Support",
  group: "Company",
  isFor: (who) => who.may("audit.read") || who.may("support.manage"),
  show: (desk) => {
    const held = sessions(desk);
    const shown = desk.who.may("audit.read") ? [leave(desk, () => held.again()), section("Sessions", held.element)] : [];
    return view("Support", {}, manager(desk), ...shown);
  },
};

const NOBODY = "Nobody looks after your company by name: an account manager comes with the plans Enterprise and Agency. Support helps you all the same.";

function manager(desk) {
  const show = ({ accountManager }) => (accountManager ? reached(accountManager) : h("p", { class: "note" }, NOBODY));
  return section("Your account manager", reading(() => desk.ask(MANAGER), show));
}

/** Leave to write, as it stands; `changed` is told when it was given or taken back, which may end sessions. */
function leave(desk, changed) {
  const manages = desk.who.may("support.manage");
  const show = ({ supportAccesses }, again) => {
    const given = supportAccesses.nodes.find(({ until }) => Date.parse(until) > serverNow());
    const after = async () => (await again(), changed());
    return given ? isGiven(desk, given, manages, after) : [h("p", {}, mark("Only reads"), " Support can see what your people see, and changes nothing."), manages && giving(desk, after)];
  };
  const filled = (found, again) => [show(found, again)].flat().filter(Boolean);
  return section("Leave to write", reading(() => desk.ask(LEAVE), filled));
}

function isGiven(desk, { id, until, createdAt, grantedBy }, manages, after) {
  const back = {
    title: "Take back the leave to write?",
    words: "Sessions in which somebody can write end at once. Support can still read.",
    send: () => desk.act("withdrawSupportAccess", { id }),
    said: "The leave is taken back.",
  };
  const told = facts([["Until", moment(until)], ["Given by", grantedBy && called(grantedBy)], ["Given", moment(createdAt)]]);
  return [h("p", {}, mark("Reads and writes", "warn"), " Support can change what your people may change."), told, manages && h("div", { class: "acts" }, asking("Take back", back, after))];
}

function giving(desk, after) {
  const give = form({
    label: "Let support write",
    fields: [{ name: "until", label: "Until", kind: "moment", required: true, value: new Date(serverNow() + A_WEEK).toISOString(), hint: "At most 30 days from now. You can take it back at any time." }],
    submit: "Let support write",
    said: "Support can write for a while.",
    send: (values) => desk.act("grantSupportAccess", values),
    done: after,
  });
  return h("details", { class: "fold" }, h("summary", {}, "Let support write"), give.element);
}

const MODES = { READ_ONLY: "Only read", READ_WRITE: "Read and write" };

function sessions(desk) {
  const entry = (each) => {
    const { id, actorName, actorRole, reason, ticketRef, mode, status, startedAt, endedAt, endReason, expiresAt, user } = each;
    const whom = user ? called(user) : "somebody";
    const revoke = {
      title: "Revoke this session?",
      words: `${actorName} acts for ${whom} no more, at once.`,
      send: () => desk.act("revokeImpersonation", { id }),
      said: "The session is revoked.",
    };
    const isOpen = status === "ACTIVE";
    const when = h("span", {}, "Begun ", moment(startedAt), isOpen ? ", until " : ", over ", moment(isOpen ? expiresAt : endedAt), endReason && `. ${endReason}`);
    return row({
      title: `${actorName} for ${whom}`,
      about: [h("span", { dir: "auto" }, `“${reason}”`), h("span", {}, worded(actorRole), ticketRef ? ` · Ticket ${ticketRef}` : ""), when],
      marks: [mark(MODES[mode], mode === "READ_WRITE" ? "warn" : "quiet"), mark(worded(status), TONES[status])],
      acts: [isOpen && desk.who.may("support.manage") && asking("Revoke", revoke, () => found.again(), { danger: true, label: `Revoke ${actorName} for ${whom}` })],
    });
  };
  const found = list({ label: "Sessions", load: pages(desk, ALL), row: entry, empty: "Nobody of support has acted for anybody here." });
  return found; // to be read anew by what ends some of them
}
