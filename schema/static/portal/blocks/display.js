// Blocks that are only shown: headings, text, pictures, films, links, people.

import { h, icon } from "../dom.js";
import { beside, mediaAddress, outward, prose, webAddress } from "../prose.js";
import { t } from "../words.js";

const FILM = /\.(mp4|m4v|webm|ogv|mov)$/i;

const SHOWN = { header, description, divider, image, video, link, org_chart: chart, meet_the_team: team };

/** The element that shows a block, or null where there is nothing to show. */
export function display(block, language) {
  const show = SHOWN[block.base];
  return show ? show(block, block.config ?? {}, language) : fallback(block, language);
}

/** A heading of the company stands below the stage's title: its first level is the page's second. */
function header({ content, title }, { level = 1 }, lang) {
  const name = `h${Math.min(Math.max(Number(level) || 1, 1), 3) + 1}`;
  return h(name, { class: "heading", lang, dir: "auto" }, content || title);
}

function description({ content, title }, _config, lang) {
  return h("div", { class: "prose" }, prose(content || title, lang));
}

function divider() {
  return h("hr");
}

function fallback({ content, title }, lang) {
  return h("div", { class: "prose" }, prose(content || title, lang));
}

function image(block, { url, alt }, lang) {
  const address = mediaAddress(url);
  const caption = block.content && h("figcaption", { class: "faint" }, prose(block.content, lang));
  if (!address) return h("figure", {}, lookInstead(url, alt || block.title, "lookAt"), caption);
  const picture = h("img", { src: address, alt: alt ?? "", loading: "lazy", referrerpolicy: "no-referrer", lang });
  picture.addEventListener("error", () => picture.replaceWith(lookInstead(url, alt || block.title, "lookAt")));
  return h("figure", {}, picture, caption);
}

/** A film plays here where its address names one; a page with a player opens in a tab of its own. */
function video(block, { url }, lang) {
  const address = mediaAddress(url);
  const caption = block.content && h("figcaption", { class: "faint" }, prose(block.content, lang));
  if (!address || !FILM.test(new URL(address).pathname)) return h("figure", {}, lookInstead(url, block.title, "watch"), caption);
  return h("figure", {}, h("video", { src: address, controls: true, preload: "metadata", "aria-label": block.title, playsinline: true }), caption);
}

function lookInstead(url, title, words) {
  if (!webAddress(url)) return h("p", { class: "faint" }, title);
  const named = title && title !== url ? `${t(words)}: ${title}` : t(words);
  return h("p", { class: "go" }, outward(url, named));
}

function link({ content, title }, { url, label }, lang) {
  const text = content && content !== label ? h("div", { class: "prose" }, prose(content, lang)) : null;
  if (!webAddress(url)) return text ?? h("p", { lang }, label || title);
  return h("div", { class: "prose" }, text, h("p", { class: "go" }, outward(url, h("span", { lang }, label || title || url))));
}

/** People under those whom they report to; whoever reports to nobody here stands at the top. */
function chart(block, { people = [] }, lang) {
  const names = new Set(people.map(({ name }) => name));
  const top = people.filter((each) => !names.has(each.reports_to) || each.reports_to === each.name);
  const shown = new Set();
  const row = (each) => {
    if (shown.has(each)) return null;
    shown.add(each);
    const under = people.filter((other) => other.reports_to === each.name).map(row).filter(Boolean);
    return h("li", {}, person(each), under.length > 0 && h("ul", {}, under));
  };
  const rows = [...top.map(row), ...people.map(row)]; // whoever is left then reports to each other
  return section(block, lang, h("ul", { class: "chart" }, rows));
}

function team(block, { people = [] }, lang) {
  return section(block, lang, h("ul", { class: "team" }, people.map((each) => h("li", {}, person(each, each.note)))));
}

function section(block, lang, list) {
  const text = beside(block);
  const heading = h("h2", { class: "heading", lang, dir: "auto" }, block.title);
  return h("section", { class: "people" }, heading, text && h("div", { class: "prose" }, prose(text, lang)), list);
}

function person({ name, title, photo_url: photo }, note) {
  const words = h("span", { class: "person-words" }, h("strong", { dir: "auto" }, name), title && h("span", { class: "faint", dir: "auto" }, title), note && h("span", { dir: "auto" }, note));
  return h("span", { class: "person" }, face(photo, name), words);
}

function face(photo, name = "") {
  const initials = name.split(/\s+/).filter(Boolean).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const letters = h("span", { class: "face", "aria-hidden": "true" }, initials || icon("person"));
  const address = photo && mediaAddress(photo);
  if (!address) return letters;
  const picture = h("img", { class: "face", src: address, alt: "", loading: "lazy", referrerpolicy: "no-referrer" });
  picture.addEventListener("error", () => picture.replaceWith(letters));
  return picture;
}
