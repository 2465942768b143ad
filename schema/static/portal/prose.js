// Plain text as it is shown: blank lines part paragraphs, addresses in it become links, and nothing else is read into it.

import { h, icon } from "./dom.js";
import { t } from "./words.js";

const ADDRESS = /https?:\/\/[^\s<>"']+/gi;
const AFTER = /[.,;:!?)\]}»”’]+$/;

/** Return an address of the web as it may be used, or null for any other: a script, a file, a mistake. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** Return an address from which this page may show a picture or a film: our own, or one reached by TLS. */
export function mediaAddress(text) {
  try {
    const url = new URL(text, location.origin);
    return url.protocol === "https:" || url.origin === location.origin ? url.href : null;
  } catch {
    return null;
  }
}

/** What a block says beside its title, which is the first line of its text. */
export function beside({ content, title }) {
  const text = (content ?? "").trim();
  const [first, ...others] = text.split("\n");
  return first.trim() === title.trim() ? others.join("\n").trim() : text;
}

/** Paragraphs of a text. */
export function prose(text, language) {
  const paragraphs = (text ?? "").trim().split(/\n\s*\n/).filter(Boolean);
  return paragraphs.map((each) => h("p", { lang: language, dir: "auto" }, lines(each)));
}

function lines(text) {
  return text.split("\n").flatMap((line, number) => (number ? [h("br"), ...linked(line)] : linked(line)));
}

function linked(line) {
  const parts = [];
  let end = 0;
  for (const found of line.matchAll(ADDRESS)) {
    const address = found[0].replace(AFTER, "");
    parts.push(line.slice(end, found.index), webAddress(address) ? outward(address, address) : address);
    end = found.index + address.length;
  }
  return [...parts, line.slice(end)].filter((part) => part !== "");
}

/** A link that leaves the portal; whoever it leads to is not told from where. */
export function outward(address, ...children) {
  return h(
    "a",
    { href: webAddress(address), target: "_blank", rel: "noopener noreferrer nofollow" },
    ...children,
    h("span", { class: "unseen" }, ` ${t("opensAnew")}`),
    icon("out"),
  );
}
