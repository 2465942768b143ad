// Webhook endpoints: made with a secret that is shown once, paused, tested, rotated, deleted.

import { h } from "../../signed_in/dom.js";
import { askedFirst, revealed } from "../dialogs.js";
import { changes, form, given } from "../forms.js";
import { mark, row } from "../lists.js";
import { asking, button, facts, moment, outright, section, worded } from "../pieces.js";
import { lead } from "../routing.js";
import { creation, detail, overview } from "../views.js";
import { deliveriesOf } from "./deliveries_of.js";
import { called } from "./users.js";

const FIELDS = "id url description events status failingSince disabledReason";
const ALL = { field: "webhookEndpoints", filter: "WebhookEndpointFilter", order: "[{ id: DESC }]", fields: FIELDS };
const ONE = `query Endpoint($id: ID!) {
  webhookEndpoint(id: $id) { ${FIELDS} filter selection createdAt version reader { firstName lastName } }
}`;
const REVEALED = "revealed { secret webhookEndpoint { id } }";
const TONES = { ACTIVE: "good", PAUSED: "warn", DISABLED: "bad" };
const BACK = { name: "webhooks", address: "#/webhooks" };

export const webhooks = {
  id: "webhooks",
  name: "Webhooks",
  group: "Programs",
  isFor: (who) => who.may("webhooks.read"),
  show: (desk, [id]) => (id === "new" ? making(desk) : id ? endpoint(desk, id) : all(desk)),
};

const standing = ({ status, failingSince }) => (status === "ACTIVE" && failingSince ? mark("Failing", "bad") : mark(worded(status), TONES[status]));

function all(desk) {
  const entry = (each) => row({ title: each.url, address: `#/webhooks/${each.id}`, about: [each.description, each.events.join(", ")], marks: [standing(each)] });
  const make = desk.who.may("webhooks.manage") && { name: "Add an endpoint", address: "#/webhooks/new" };
  return overview(desk, { title: "Webhooks", of: ALL, entry, empty: "There is no endpoint yet. One is an address of another system that is sent the company's events.", make });
}

const fieldsOf = ({ url, description, events, filter, selection } = {}) => [
  { name: "url", label: "Address", kind: "url", value: url, required: true, hint: "It begins with https." },
  { name: "description", label: "What it is for", value: description },
  { name: "events", label: "Events", kind: "lines", value: events, required: true, hint: "One in a line: a type as onboarding.started, all of a domain as onboarding.*, or * for every event." },
  { name: "filter", label: "Only with these values", kind: "json", value: filter, rows: 3, hint: 'JSON, as {"flowId": "..."}.' },
  { name: "selection", label: "What is sent of each", kind: "area", value: selection, hint: "A GraphQL selection set on Event; the event's own data where there is none." },
];

async function shown({ revealed: { secret, webhookEndpoint } }) {
  await revealed({
    title: "The endpoint's secret",
    words: secret ? "It is shown this once. With it, the receiver checks that a message is from here." : "It was made, and lost on the way here. Rotate the secret to get another one.",
    name: "Secret",
    secret,
  });
  lead(`#/webhooks/${webhookEndpoint.id}`);
}

function making(desk) {
  const made = form({
    label: "Add an endpoint",
    fields: fieldsOf(),
    submit: "Add the endpoint",
    send: (values) => desk.act("createWebhookEndpoint", given(values), REVEALED),
    done: shown,
    cancel: () => lead("#/webhooks"),
  });
  return creation("Add an endpoint", BACK, made.element);
}

function endpoint(desk, id) {
  const show = (found, again) => {
    const may = desk.who.may("webhooks.manage");
    const deliveries = deliveriesOf(desk, found, may);
    return [about(desk, found, may, again, deliveries.again), deliveries.element, may && edited(desk, found, again)];
  };
  return detail({ back: BACK, load: async () => (await desk.ask(ONE, { id })).webhookEndpoint, name: ({ url }) => url, show });
}

function about(desk, found, may, again, sent) {
  const told = facts([
    ["Standing", standing(found)],
    found.description && ["What it is for", found.description],
    found.failingSince && ["Has failed since", moment(found.failingSince)],
    found.disabledReason && ["Given up", found.disabledReason],
    ["Events", found.events.join(", ")],
    found.selection && ["Reads as", found.reader && called(found.reader)],
    ["Added", moment(found.createdAt)],
  ]);
  return section("About", told, h("div", { class: "acts" }, ...(may ? acts(desk, found, again, sent) : [])));
}

function acts(desk, { id, url, status }, again, sent) {
  const on = (field, shownOf = "") => () => desk.act(field, { id }, shownOf);
  const isActive = status === "ACTIVE";
  const gone = { title: "Delete this endpoint?", words: `${url} is sent nothing any more, and its secrets are gone.`, send: on("deleteWebhookEndpoint"), said: "The endpoint is deleted." };
  return [
    isActive && outright("Send a test", on("testWebhookEndpoint", "webhookDelivery { id }"), sent, "A test is on its way."),
    isActive ? outright("Pause", on("pauseWebhookEndpoint"), again, "The endpoint is paused.") : outright("Resume", on("resumeWebhookEndpoint"), again, "The endpoint is active."),
    button("Rotate the secret", () => rotated(desk, id)),
    asking("Delete", gone, () => lead("#/webhooks")),
  ];
}

async function rotated(desk, id) {
  const done = await askedFirst({
    title: "Rotate the secret?",
    words: "Another secret signs at once. The one that there is signs beside it for a while, so that the receiver can be given the new one.",
    fields: [{ name: "overlapHours", label: "Hours for which both sign", kind: "number", value: 24, min: 0, max: 168, required: true }],
    submit: "Rotate",
    danger: false,
    send: (values) => desk.act("rotateWebhookSecret", { id, ...values }, REVEALED),
  });
  if (done) await shown(done.found);
}

function edited(desk, found, again) {
  const change = form({
    label: "Change the endpoint",
    fields: fieldsOf(found),
    submit: "Save",
    said: "Saved.",
    send: (values) => desk.act("updateWebhookEndpoint", { id: found.id, expectedVersion: found.version, ...changes(values, found) }, "webhookEndpoint { id }"),
    done: again,
  });
  return section("Change", change.element);
}
