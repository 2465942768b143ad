// The views that most parts have: one of all, one of each, and one on which another is made.

import { h } from "../signed_in/dom.js";
import { list, pages } from "./lists.js";
import { leading, reading, view } from "./pieces.js";

/** All there are of something: `of` is the API's list, `make` leads to making another for who may. */
export function overview(desk, { title, label = title, of, where, entry, search, empty, make }) {
  const found = list({ label, load: pages(desk, of, where), row: entry, search, empty });
  return view(title, { acts: [make && leading(make.name, make.address)] }, h("div", { class: "sheet" }, found.element));
}

/** One of them: what `load` resolves to gives the heading by `name`, and the sections by `show`. */
export function detail({ back, load, name, show }) {
  const page = view("…", { back });
  const filled = (found, again) => {
    page.querySelector("#heading").textContent = name(found);
    return show(found, again).filter(Boolean);
  };
  page.append(reading(load, filled));
  return page;
}

/** Another one: a form, where it has to be known first what may be chosen, or at once. */
export function creation(title, back, made) {
  return view(title, { back }, h("div", { class: "sheet" }, made));
}
