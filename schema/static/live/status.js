// How things stand with the connection: shown, and said to who does not see it. Seconds are shown and not said.

import { announce, h } from "../signed_in/dom.js";

const SAID = { connecting: "", live: "Connected.", waiting: "The connection is lost; it is being tried again.", stopped: "The connection was ended by the server." };

export class Status {
  constructor(hurry) {
    this.words = h("span", { class: "words" });
    this.button = h("button", { type: "button", class: "plain", hidden: true, on: { click: hurry } }, "Try now");
    this.element = h("div", { class: "connection" }, h("span", { class: "dot", "aria-hidden": "true" }), this.words, this.button);
    this.state = null;
  }

  show({ state, reason, until }) {
    const before = this.state;
    clearInterval(this.timer);
    this.until = until;
    this.reason = reason;
    const retrying = state === "connecting" && this.wasLost;
    this.state = retrying ? "waiting" : state;
    this.wasLost = state === "waiting" || state === "stopped" || retrying;
    this.element.dataset.state = this.state;
    const focused = document.activeElement === this.button;
    this.button.hidden = !(state === "waiting" || state === "stopped" || (retrying && focused));
    if (focused && this.button.hidden) document.getElementById("title")?.focus();
    if (state === "waiting") this.timer = setInterval(() => this.write(state), 1000);
    this.write(state);
    if (this.state !== before && SAID[this.state]) announce(before === "waiting" && state === "live" ? "Connected again." : SAID[this.state]);
  }

  write(state) {
    const seconds = Math.max(Math.ceil((this.until - Date.now()) / 1000), 0);
    const words = {
      connecting: this.wasLost ? "Connection lost, trying …" : "Connecting …",
      live: "Live",
      waiting: `Connection lost, next try in ${seconds} s`,
      stopped: `Ended by the server: ${this.reason}`,
    };
    this.words.textContent = words[state] ?? "";
  }

  end() {
    clearInterval(this.timer);
  }
}
