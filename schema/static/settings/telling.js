// What was done, said for a moment to everybody: it is seen below, and said to who does not see the page.

import { announce, at } from "../signed_in/dom.js";

const SHOWN_FOR = 6_000;
let timer = null;

export function tell(text) {
  if (!text) return;
  announce(text);
  at("toast").textContent = text;
  at("toast").hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (at("toast").hidden = true), SHOWN_FOR);
}
