// A list in pages: with a search, and with something to say while it loads, where it is empty, and where it cannot be read.

import { announce, h, soon } from "../signed_in/dom.js";
import { refusalsOf } from "./acting.js";
import { refill } from "./pieces.js";

export const PAGE = 20;

/** Return what loads the pages of one of the API's lists, of those that fit `where` of what is sought. */
export function pages({ ask }, { field, filter, order, fields }, where = () => null) {
  const query = `query Page($first: Int, $after: String, $where: ${filter}) {
    ${field}(first: $first, after: $after, where: $where, orderBy: ${order}) { totalCount nodes { ${fields} } pageInfo { hasNextPage endCursor } }
  }`;
  return async ({ text, ...page }) => (await ask(query, { ...page, where: where(text) || null }))[field];
}

/**
 * Make a list. `load({ first, after, text })` resolves to a connection with `totalCount`, `nodes` and `pageInfo`; `row` makes
 * what stands for a node. Returns `{ element, again }`: `again` reads the page anew.
 */
export function list({ label, load, row, empty, search }) {
  const rows = h("ul", { class: "rows", role: "list", "aria-label": label });
  const note = h("p", { class: "note", hidden: true });
  const retry = h("button", { type: "button", class: "plain", hidden: true, on: { click: () => again() } }, "Try again");
  const count = h("span", { class: "faint count" });
  const back = h("button", { type: "button", class: "plain", on: { click: () => turn(-1) } }, "Previous");
  const on = h("button", { type: "button", class: "plain", on: { click: () => turn(1) } }, "Next");
  const pager = h("nav", { class: "pager", "aria-label": `Pages of ${label.toLowerCase()}`, hidden: true }, back, count, on);
  const sought = search && searching(search, () => begin());
  const element = h("div", { class: "list" }, sought?.element, note, retry, rows, pager);
  let cursors = [null];
  let next = null;
  let turns = 0;

  function begin() {
    cursors = [null];
    return again();
  }

  async function turn(by) {
    if (by > 0) cursors.push(next);
    else cursors.pop();
    await again();
    const [target] = [by > 0 ? on : back, by > 0 ? back : on].filter(({ disabled }) => !disabled);
    target?.focus();
  }

  async function again() {
    const mine = (turns += 1);
    if (!rows.childElementCount) say("One moment …");
    try {
      const found = await load({ first: PAGE, after: cursors.at(-1), text: sought?.text() ?? "" });
      if (mine === turns) show(found);
    } catch (error) {
      if (mine === turns) fail(refusalsOf(error)[0]);
    }
  }

  function show({ nodes, totalCount, pageInfo }) {
    if (!nodes.length && cursors.length > 1) return (cursors.pop(), again());
    refill(rows, ...nodes.map(row));
    say(nodes.length ? null : sought?.text() ? "Nothing fits this search." : empty);
    next = pageInfo.endCursor;
    const from = (cursors.length - 1) * PAGE;
    count.textContent = `${from + 1} to ${from + nodes.length} of ${totalCount}`;
    back.disabled = cursors.length === 1;
    on.disabled = !pageInfo.hasNextPage;
    pager.hidden = back.disabled && on.disabled;
    if (sought?.text()) announce(`${totalCount} found.`);
    return null;
  }

  function fail({ code, message }) {
    refill(rows);
    pager.hidden = true;
    say(code === "FORBIDDEN" ? `Your roles do not let you see this. ${message}` : message);
    retry.hidden = code === "FORBIDDEN";
  }

  function say(text) {
    note.textContent = text ?? "";
    note.hidden = !text;
    retry.hidden = true;
  }

  again();
  return { element, again, begin };
}

function searching(label, act) {
  const later = soon(act, 300);
  const input = h("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false", on: { input: later } });
  const element = h("form", { class: "search", role: "search" }, h("label", { for: "search" }, label), input);
  element.addEventListener("submit", (event) => (event.preventDefault(), act()));
  return { element, text: () => input.value.trim() };
}

/** A row: what it is, by a link where there is more, what is said of it, marks, and what can be done with it. */
export function row({ title, address, about = [], marks = [], acts = [] }) {
  const name = address ? h("a", { class: "name", href: address }, title) : h("span", { class: "name" }, title);
  const lines = about.filter(Boolean).map((line) => h("p", { class: "faint" }, line));
  const beside = h("div", { class: "beside-row" }, ...marks.filter(Boolean), ...acts.filter(Boolean));
  return h("li", { class: "row" }, h("div", { class: "what" }, h("p", { dir: "auto" }, name), ...lines), beside);
}

/** A word that says how something stands; `tone` is one of good, bad, warn and quiet. */
export const mark = (text, tone = "quiet") => h("span", { class: `mark ${tone}` }, text);
