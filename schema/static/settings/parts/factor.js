// One's own second factor: turned on with an authenticator, its recovery codes, and turned off.

import { h } from "../../signed_in/dom.js";
import { SESSION } from "../../signed_in/session.js";
import { revealed } from "../dialogs.js";
import { form } from "../forms.js";
import { mark } from "../lists.js";
import { reading, section, view } from "../pieces.js";
import { drawnCode } from "../qr.js";

const STANDS = "query Stands { viewer { user { mfaEnabled } } }";
const ONCE = { once: false };
const PASSWORD = { name: "password", label: "Your password", kind: "password", autocomplete: "current-password", required: true };
const CODE = { name: "code", label: "Code", kind: "code", required: true };

export const factor = {
  id: "second-factor",
  name: "Second factor",
  group: "You",
  isFor: (who) => Boolean(who.user),
  show: (desk) => {
    const load = async () => (await desk.ask(STANDS)).viewer.user;
    return view("Second factor", {}, reading(load, ({ mfaEnabled }, again) => (mfaEnabled ? isOn(desk, again) : isOff(desk, again))));
  },
};

const codes = (recoveryCodes) =>
  revealed({
    title: "Recovery codes",
    words: "Each of them counts once, in place of a code of your authenticator. They are shown this once: keep them where you find them without your phone.",
    name: "Recovery codes",
    secret: recoveryCodes?.join("\n"),
  });

function isOff(desk, again) {
  const place = h("div", { class: "stack" });
  const begin = form({
    label: "Turn it on",
    fields: [PASSWORD],
    submit: "Turn it on",
    send: (values) => desk.act("beginSecondFactor", values, "enrolment { secret uri }", ONCE),
    done: ({ enrolment }) => {
      place.replaceChildren(...enrolling(desk, enrolment, again));
      place.querySelector("input").focus();
    },
  });
  place.append(h("p", {}, "With a second factor, signing in takes a code of an authenticator on your phone, beside the password."), begin.element);
  return section("Off", place);
}

function enrolling(desk, { secret, uri }, again) {
  const confirm = form({
    label: "Confirm",
    fields: [{ ...CODE, hint: "The six digits that the authenticator shows now." }],
    submit: "Confirm",
    send: (values) => desk.act("confirmSecondFactor", values, `recoveryCodes ${SESSION}`, ONCE),
    done: async ({ recoveryCodes, session }) => {
      desk.session.hold(session);
      await codes(recoveryCodes);
      await again();
    },
  });
  const steps = h("p", {}, "Scan this with your authenticator, or ", h("a", { href: uri }, "open it on this device"), ", or enter the secret yourself. It is shown this once.");
  const shown = h("output", { class: "secret", tabindex: "0", "aria-label": "Secret" }, secret.replace(/(.{4})(?=.)/g, "$1 "));
  return [steps, drawnCode(uri, "The secret as a code to scan"), shown, confirm.element];
}

function isOn(desk, again) {
  const renew = form({
    label: "Recovery codes",
    fields: [CODE],
    submit: "Make new codes",
    send: (values) => desk.act("renewRecoveryCodes", values, "recoveryCodes", ONCE),
    done: async ({ recoveryCodes }) => {
      renew.element.reset();
      await codes(recoveryCodes);
    },
  });
  const off = form({
    label: "Turn it off",
    fields: [PASSWORD, CODE],
    submit: "Turn it off",
    danger: true,
    said: "The second factor is off.",
    send: (values) => desk.act("disableSecondFactor", values, "", ONCE),
    done: again,
  });
  return [
    section("On", h("p", {}, mark("On", "good"), " Signing in takes a code of your authenticator, or one of your recovery codes.")),
    section("Recovery codes", h("p", { class: "faint" }, "Ten new ones; the old ones are gone."), renew.element),
    section("Turn it off", h("p", { class: "faint" }, "From then on the password alone is enough."), off.element),
  ];
}
