// The banner of who acts for somebody: as long as they do, it stands above everything and cannot be closed.

import { serverNow } from "./api.js";
import { h } from "./dom.js";
import { hour } from "./times.js";

const LOOK_EVERY = 5_000;

/** Make the banner; `stopped` is told when who acts has stopped it. Returns `{ element, text, end }`. */
export function banner(acting, stopped) {
  const { actor, whom, company, writes, endsAt } = acting.held;
  const until = Date.parse(endsAt);
  const what = `${actor} acts for ${whom}, ${company}.`;
  const how = writes ? "You can read and write." : "You can only read.";
  const left = h("span", { "aria-live": "off" });
  const wrong = h("span", { class: "bad", role: "alert" });
  const stop = h("button", { type: "button", on: { click: go } }, "Stop acting");
  const said = h("p", { role: "status", dir: "auto" }, h("strong", {}, what), ` ${how} `, left);
  const element = h("section", { class: "acting", "aria-label": "Acting for somebody" }, said, wrong, stop);

  function write() {
    const minutes = Math.ceil((until - serverNow()) / 60_000);
    const text = `Until ${hour(until)}, ${minutes > 1 ? `${minutes} minutes` : "a minute"} left.`;
    if (left.textContent !== text) left.textContent = text;
  }

  async function go() {
    if (stop.getAttribute("aria-disabled") === "true") return;
    wrong.textContent = "";
    stop.setAttribute("aria-disabled", "true");
    try {
      await acting.stop();
      stopped();
    } catch (error) {
      wrong.textContent = error.message;
      stop.setAttribute("aria-disabled", "false");
    }
  }

  write();
  const timer = setInterval(write, LOOK_EVERY);
  return { element, text: `${what} ${how}`, end: () => clearInterval(timer) };
}

/** What has brought somebody back to their own session; it stays until they have read it. */
export function notice(text) {
  const close = h("button", { type: "button", class: "plain", on: { click: () => element.remove() } }, "Close");
  const element = h("section", { class: "acting", "aria-label": "Acting has ended" }, h("p", { role: "status", dir: "auto" }, text), close);
  return element;
}
