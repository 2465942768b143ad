// The providers of single sign-on that somebody is linked to, as a list with a way to end each link.

import { h } from "../../signed_in/dom.js";
import { list, pages, row } from "../lists.js";
import { asking, moment, reading, section } from "../pieces.js";

const TITLE = "Single sign-on";
const MINE = "query Mine { mySsoIdentities { id providerName linkedAt lastUsedAt } }";
const ALL = {
  field: "ssoIdentities",
  filter: "SsoIdentityFilter",
  order: "[{ createdAt: ASC }, { id: ASC }]",
  fields: "id providerName createdAt lastUsedAt",
};

/** A link, and what ends it. */
function identityRow(desk, { id, providerName, linkedAt, lastUsedAt }, words, again) {
  const asked = { title: `Unlink ${providerName}?`, words, send: () => desk.act("unlinkSsoIdentity", { id }), said: `${providerName} is unlinked.` };
  return row({
    title: providerName,
    about: [h("span", {}, "Used ", moment(lastUsedAt, "never"), ", linked ", moment(linkedAt))],
    acts: [asking("Unlink", asked, again, { danger: true, label: `Unlink ${providerName}` })],
  });
}

/** The section of one's own links. */
export function ownIdentities(desk) {
  const words = "You sign in there no more, unless you come from there again with an address that this company lets in.";
  const show = (found, again) =>
    found.length
      ? h("ul", { class: "rows", role: "list", "aria-label": "Your providers" }, ...found.map((each) => identityRow(desk, each, words, again)))
      : h("p", { class: "note" }, "You are linked to no provider.");
  return section(TITLE, reading(async () => (await desk.ask(MINE)).mySsoIdentities, show));
}

/** The section of a person's links, for who may end them. */
export function identitiesOf(desk, user) {
  const words = "Their sessions end. They are linked anew when they come from there with their verified address.";
  const where = { userId: { eq: user.id } };
  const found = list({
    label: "Providers",
    load: pages(desk, ALL, () => where),
    row: ({ createdAt, ...link }) => identityRow(desk, { ...link, linkedAt: createdAt }, words, () => found.again()),
    empty: "Linked to no provider.",
  });
  return section(TITLE, found.element);
}
