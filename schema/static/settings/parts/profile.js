// One's own name, language and time zone, password and address, and the providers that one is linked to.

import { SESSION } from "../../signed_in/session.js";
import { h } from "../../signed_in/dom.js";
import { changes, form } from "../forms.js";
import { facts, moment, outright, section, view } from "../pieces.js";
import { ownIdentities } from "./identities.js";

export const profile = {
  id: "profile",
  name: "Profile",
  group: "You",
  isFor: (who) => Boolean(who.user),
  show: (desk) => view("Profile", {}, name(desk), password(desk), address(desk), ownIdentities(desk)),
};

function name(desk) {
  const { firstName, lastName, locale, timezone } = desk.who.viewer;
  const before = { firstName, lastName, locale, timezone };
  const zones = Intl.supportedValuesOf("timeZone");
  const offered = zones.includes(timezone) ? zones : [timezone, ...zones];
  const edited = form({
    label: "Name",
    fields: [
      { name: "firstName", label: "First name", value: firstName, required: true },
      { name: "lastName", label: "Last name", value: lastName, required: true },
      { name: "locale", label: "Language of mails", value: locale, required: true, hint: "As in en, de or fr-CH." },
      { name: "timezone", label: "Time zone", kind: "choice", value: timezone, required: true, options: offered.map((value) => ({ value, name: value.replaceAll("_", " ") })) },
    ],
    submit: "Save",
    send: (values) => desk.act("updateViewer", changes(values, before), "user { firstName lastName locale timezone }"),
    done: ({ user }) => Object.assign(desk.who.viewer, user) && Object.assign(before, user),
    said: "Saved.",
  });
  return section("Name and language", edited.element);
}

function password(desk) {
  const edited = form({
    label: "Password",
    fields: [
      { name: "current", label: "Your password now", kind: "password", autocomplete: "current-password", required: true },
      { name: "new", label: "The new password", kind: "password", autocomplete: "new-password", required: true },
    ],
    submit: "Change the password",
    send: (values) => desk.act("changePassword", values, SESSION, { once: false }),
    done: ({ session }) => {
      desk.session.hold(session);
      edited.element.reset();
    },
    said: "Your password is changed; every other session has ended.",
  });
  return section("Password", edited.element);
}

function address(desk) {
  const { viewer, user } = desk.who;
  const edited = form({
    label: "Address",
    fields: [
      { name: "newEmail", label: "The new address", kind: "email", required: true },
      { name: "password", label: "Your password", kind: "password", autocomplete: "current-password", required: true },
    ],
    submit: "Mail a link to it",
    send: (values) => desk.act("changeEmail", values, "", { once: false }),
    done: () => edited.element.reset(),
    said: "A link is mailed to the new address. Nothing changes before you open it.",
  });
  const prove = outright("Mail a link that proves it", () => desk.act("requestEmailVerification", {}, "", { once: false }), () => prove.replaceWith("A link is mailed to you."), "A link is mailed to you.");
  const proved = user.emailVerifiedAt ? moment(user.emailVerifiedAt) : h("span", {}, "Not yet. ", prove);
  return section("Address", facts([["E-mail", viewer.email], ["Proved to be yours", proved]]), edited.element);
}
