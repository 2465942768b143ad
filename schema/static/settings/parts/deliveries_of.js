// What was sent to an endpoint: each delivery with its attempts, and sending it again.

import { serverNow } from "../../signed_in/api.js";
import { DeliveryRow, placeOf } from "../../signed_in/delivery.js";
import { h } from "../../signed_in/dom.js";
import { askedFirst } from "../dialogs.js";
import { list, pages } from "../lists.js";
import { button, moment, outright, section } from "../pieces.js";

const ALL = {
  field: "webhookDeliveries",
  filter: "WebhookDeliveryFilter",
  order: "[{ id: DESC }]",
  fields: `id messageId eventType status attemptCount createdAt nextAttemptAt claimedUntil
    attempts { number startedAt durationMs httpStatus error responseExcerpt }`,
};

/** The section of an endpoint's deliveries. */
export function deliveriesOf(desk, endpoint, may) {
  const where = { endpointId: { eq: endpoint.id } };
  const mayReplay = may && endpoint.status === "ACTIVE";
  const replay = (input) => () => desk.act("replayWebhook", { id: endpoint.id, ...input });
  const found = list({
    label: "Deliveries",
    load: pages(desk, ALL, () => where),
    row: (delivery) => {
      const line = new DeliveryRow(delivery);
      line.refresh({ ...delivery, endpoint: placeOf(endpoint.url), now: serverNow() });
      const acts = mayReplay && outright("Send again", replay({ messageIds: [delivery.messageId] }), () => found.again(), "It is sent again.");
      line.element.append(attempts(delivery), ...(acts ? [acts] : []));
      return line.element;
    },
    empty: "Nothing has been sent yet.",
  });
  const refresh = button("Look again", () => found.again());
  const since = mayReplay && button("Replay since …", () => replayed(desk, endpoint, found));
  const element = section("Deliveries", h("div", { class: "acts" }, refresh, since || null), found.element);
  return { element, again: () => found.begin() };
}

function attempts({ attempts: made }) {
  if (!made.length) return h("p", { class: "faint" }, "No attempt yet.");
  const told = made.map(({ number, startedAt, durationMs, httpStatus, error, responseExcerpt }) => {
    const words = (httpStatus === null ? error : `HTTP ${httpStatus}`).replace(/\.$/, "");
    return h("li", {}, h("p", {}, `Attempt ${number}: ${words} in ${durationMs} ms, `, moment(startedAt)), responseExcerpt ? h("pre", { tabindex: "0", "aria-label": `Answer to attempt ${number}` }, responseExcerpt) : null);
  });
  return h("details", { class: "fold" }, h("summary", {}, made.length === 1 ? "1 attempt" : `${made.length} attempts`), h("ol", { class: "attempts", role: "list" }, ...told));
}

async function replayed(desk, { id }, found) {
  const done = await askedFirst({
    title: "Replay what was sent since?",
    words: "Events since then are sent again, also those that the endpoint has taken, under the ids that they had. What it missed is sent too.",
    fields: [{ name: "since", label: "Since", kind: "moment", required: true }],
    submit: "Replay",
    danger: false,
    send: (values) => desk.act("replayWebhook", { id, ...values }),
    said: "It is sent again.",
  });
  if (done) await found.begin();
}
