// Where somebody is signed in, as a list with a way to end each.

import { h } from "../../signed_in/dom.js";
import { list, mark, pages, row } from "../lists.js";
import { asking, moment, section } from "../pieces.js";

const ALL = {
  field: "userSessions",
  filter: "UserSessionFilter",
  order: "[{ lastUsedAt: DESC }, { id: DESC }]",
  fields: "id createdAt lastUsedAt address userAgent",
};
const PROGRAMS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]];

/** What a program said that it is, in two words where it is a browser. */
export function program(userAgent) {
  if (!userAgent) return "An unknown program";
  const [name, system] = [PROGRAMS, SYSTEMS].map((known) => known.find(([sign]) => userAgent.includes(sign))?.[1]);
  return name && system ? `${name} on ${system}` : userAgent.slice(0, 80);
}

/** A session, and what ends it. */
export function sessionRow(desk, { id, begunAt, lastUsedAt, address, userAgent, current }, again) {
  const asked = {
    title: "End this session?",
    words: `${program(userAgent)}${address ? `, at ${address}` : ""}. Whoever uses it has to sign in again.`,
    send: () => desk.act("revokeSession", { id }),
    said: "The session is ended.",
  };
  return row({
    title: program(userAgent),
    about: [h("span", { title: userAgent ?? "" }, address ?? "Unknown address"), h("span", {}, "Used ", moment(lastUsedAt), ", begun ", moment(begunAt))],
    marks: [current && mark("This one", "good")],
    acts: [!current && asking("End", asked, again, { danger: true, label: `End ${program(userAgent)}, ${address ?? ""}` })],
  });
}

/** The section of a person's sessions, for who may end them. */
export function sessionsOf(desk, user) {
  const where = { userId: { eq: user.id }, endedAt: { isNull: true } };
  const found = list({
    label: "Sessions",
    load: pages(desk, ALL, () => where),
    row: ({ createdAt, ...session }) => sessionRow(desk, { ...session, begunAt: createdAt }, () => found.again()),
    empty: "Not signed in anywhere.",
  });
  return section("Sessions", found.element);
}
