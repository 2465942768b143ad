// One stage: its blocks in order, and the button that sends its answers and goes on.

import { Card } from "../blocks/card.js";
import { h, icon, keyed, newId } from "../dom.js";
import { prose } from "../prose.js";
import { day, daysUntil, lasting, list, t, told } from "../words.js";

const ABOUT_VALUE = 2; // a refusal's path begins with input.value

export class StageView {
  constructor(portal, id) {
    Object.assign(this, { portal, id, cards: new Map(), busy: false });
    this.heading = h("h1", { tabindex: "-1", lang: portal.contentLanguage(), dir: "auto" });
    this.place = h("p", { class: "place" });
    this.facts = h("p", { class: "when" });
    this.intro = h("div", { class: "prose intro" });
    this.blocks = h("div", { class: "blocks" });
    this.note = h("div", { class: "outcome", id: newId("outcome") });
    this.go = h("button", { type: "submit", class: "button wide" });
    this.end = h("div", { class: "end-of-stage" }, this.note, this.go);
    this.element = h("form", { class: "sheet stage", novalidate: true, on: { submit: (event) => this.submit(event) } }, h("header", {}, this.place, this.heading, this.facts), this.intro, this.blocks, this.end);
    this.refresh();
  }

  get stage() {
    return this.portal.stage(this.id);
  }

  get title() {
    return this.stage.name;
  }

  get answerable() {
    return this.portal.session.newHire.status === "ACTIVE" && this.stage.status === "OPEN";
  }

  refresh() {
    const { stage, portal } = this;
    if (!stage) return portal.show(portal.here());
    this.heading.textContent = stage.name;
    this.place.textContent = portal.label(stage);
    this.facts.replaceChildren(...this.when());
    this.intro.replaceChildren(...prose(stage.description, portal.contentLanguage()));
    const closed = stage.status === "LOCKED" || stage.status === "UPCOMING";
    keyed(this.blocks, this.cards, closed ? [] : stage.blocks, (block) => this.card(block));
    this.refreshEnd();
    return undefined;
  }

  card(block) {
    const { portal } = this;
    return new Card(block, {
      answerable: () => this.answerable,
      announce: (text) => portal.announce(text),
      language: () => portal.contentLanguage(),
      noted: (each, value, left) => this.noted(each, value, left),
      submissions: portal.submissions,
      unsent: portal.unsent,
    });
  }

  when() {
    const { estimatedMinutes, dueOn, status } = this.stage;
    const parts = [];
    if (estimatedMinutes > 0 && status !== "COMPLETED") parts.push(lasting(estimatedMinutes));
    if (dueOn && status !== "COMPLETED") parts.push(due(dueOn));
    if (status === "COMPLETED") parts.push(t("statusCOMPLETED"));
    return parts.map((part) => h("span", {}, part));
  }

  /** What stands under the blocks: the button, or why there is none. */
  refreshEnd() {
    const { status } = this.stage;
    this.go.hidden = false;
    if (status === "LOCKED" || status === "UPCOMING") return this.closed();
    if (status === "COMPLETED") return this.completed();
    const waiting = this.waitingFor();
    if (waiting.length && !this.asking.some(({ block }) => block.required)) return this.waits(waiting);
    if (!this.saying) this.note.replaceChildren();
    return this.connected(this.portal.reached);
  }

  closed() {
    const { status, opensOn } = this.stage;
    const text = status === "LOCKED" ? t("lockedText") : t("upcomingText", { day: day(opensOn) });
    const box = h("div", { class: "box" }, icon(status === "LOCKED" ? "lock" : "clock"), h("div", {}, h("strong", {}, t("lockedTitle")), h("p", {}, text)));
    this.note.replaceChildren(box, this.onward());
    this.go.hidden = true;
  }

  completed() {
    const active = this.portal.session.newHire.status === "ACTIVE";
    this.note.replaceChildren(h("p", { class: "chip completed" }, icon("tick"), t("statusCOMPLETED")), active ? this.onward() : "");
    this.go.hidden = true;
  }

  waits(blocks) {
    const rows = blocks.map((block) => h("li", {}, h("strong", { dir: "auto" }, block.title), ` – ${t("forYou", { who: t(`assignee${block.assignee}`) })}`));
    const box = h("div", {}, h("strong", {}, t("yourPartDone")), h("p", {}, t("waitingFor")), h("ul", {}, rows), h("p", {}, t("waitingEnd")));
    this.note.replaceChildren(h("div", { class: "box" }, icon("clock"), box), this.onward());
    this.go.hidden = this.asking.length === 0; // what is optional can still be sent
    this.connected(this.portal.reached);
  }

  /** A button to where something can be done, if that is elsewhere. */
  onward() {
    const { session } = this.portal;
    const next = this.portal.after(this.id);
    const finishes = session.canComplete;
    if (!finishes && (!next || next.id === this.id || next.status !== "OPEN")) return "";
    const text = finishes ? t("finishTitle") : t("toCurrent", { name: next.name });
    const go = () => this.portal.show(finishes ? "finish" : next.id);
    return h("p", {}, h("button", { type: "button", class: "button quiet", on: { click: go } }, text));
  }

  /** The cards that ask for something. */
  get asking() {
    return this.stage.blocks.map(({ id }) => this.cards.get(id)).filter((card) => card?.asks);
  }

  /** Blocks of others that the stage waits for. */
  waitingFor() {
    const { completion, blocks } = this.stage;
    return blocks.filter(({ id, mine }) => !mine && completion.missing.includes(id));
  }

  noted(block, value, left) {
    this.portal.drafts.note(block.id, this.id, value);
    this.portal.frame.connection(this.portal.frame.state);
    if (left) this.left = block.id;
  }

  /** An answer was saved as a draft: what is wrong with it is said once its field was left. */
  saved(id, { errors, refusals }) {
    const card = this.cards.get(id);
    if (!card?.asks) return;
    const wrong = refusals.length ? refusals.map(below) : errors;
    if (!card.holdsFocus) card.say(wrong.map((each) => inWords(each, card.block.config)));
    if (this.left === id && !wrong.length) this.portal.announce(t("saved"));
    this.left = null;
  }

  connected(there) {
    this.go.setAttribute("aria-disabled", String(this.busy));
    this.go.classList.toggle("busy", this.busy && there);
    const idle = this.asking.length ? t("continue") : t("finishStage");
    this.go.textContent = this.busy ? t(there ? "sending" : "sendsLater") : idle;
  }

  async submit(event) {
    event.preventDefault();
    if (this.busy) return;
    const { asking } = this;
    if (this.complain(asking.map((card) => [card, card.editor.lacking()]))) return;
    this.busy = true;
    this.say("");
    this.connected(this.portal.reached);
    try {
      await this.send(asking.filter((card) => card.editor.value !== null));
    } finally {
      this.busy = false;
      if (this.portal.view === this) this.refreshEnd();
    }
  }

  /** Say what is wrong with answers, beside each, and put the focus at the first; tell whether there was any. */
  complain(problems) {
    const wrong = problems.map(([card, errors]) => [card, card.say(errors)]).filter(([, place]) => place);
    if (!wrong.length) return false;
    this.say(t("wrong", { n: wrong.length }));
    wrong[0][1].focus();
    wrong[0][0].element.scrollIntoView({ block: "center" });
    return true;
  }

  say(text) {
    this.saying = text;
    this.note.replaceChildren(text ? h("p", { class: "wrong" }, icon("alert"), h("span", {}, text)) : "");
    if (text) this.portal.announce(text);
  }

  /** Complete the blocks one after the other, then the stage. */
  async send(cards) {
    const { portal } = this;
    const only = this.stage.blocks.filter((block) => block.displayOnly && block.mine && block.status !== "COMPLETED");
    const answers = cards.map((card) => ({ block: card.block, value: card.editor.value }));
    const refused = await portal.completeAll([...only.map((block) => ({ block, value: null })), ...answers]);
    if (refused.length) return this.refused(refused);
    if (portal.view !== this) return undefined; // the person has gone elsewhere meanwhile
    return this.stage.status === "OPEN" ? this.close(cards.length) : this.goOn();
  }

  async refused(outcomes) {
    const ours = ({ path }) => path[1] === "value";
    const elsewhere = outcomes.flatMap(({ refusals }) => refusals.filter((each) => !ours(each)));
    const { portal } = this;
    if (elsewhere.length) await portal.look(); // the page was out of date: another tab, another hand
    for (const { block } of outcomes) if (portal.unsent.has(block.id)) portal.drafts.resume(block.id, this.id);
    const problems = outcomes.map(({ block, refusals }) => [this.cards.get(block.id), refusals.map((each) => inWords(below(each), block.config))]);
    if (!this.complain(problems.filter(([card]) => card?.asks)) && elsewhere.length) this.say(told(elsewhere[0]));
  }

  /** Say to be done with the stage; where it is not, say what is missing. */
  async close(sent) {
    const { portal } = this;
    if (sent && this.asking.some(({ block }) => block.required)) return this.more();
    if (this.waitingFor().length) return portal.show(this.id, { going: false });
    const { session, refusals } = await portal.completeStage(this.stage);
    if (!refusals.length) {
      portal.accept(session);
      return this.goOn();
    }
    await portal.look();
    const missing = this.stage.blocks.filter(({ id }) => this.stage.completion.missing.includes(id));
    return this.say(missing.length ? t("stillMissing", { names: list(missing.map(({ title }) => title)) }) : told(refusals[0]));
  }

  /** Answers have brought up further blocks. */
  more() {
    this.portal.announce(t("moreToDo"));
    this.asking[0].focus();
  }

  goOn() {
    const { portal, stage } = this;
    if (portal.view !== this) return;
    const before = t("stageDone", { name: stage.name });
    portal.show(portal.session.canComplete ? portal.here() : (portal.after(this.id)?.id ?? portal.here()));
    portal.announce(`${before} ${t("nowAt", { name: portal.view.title })}`);
  }
}

function due(date) {
  const days = daysUntil(date);
  if (days === 0) return t("dueToday");
  return t(days < 0 ? "overdue" : "due", { day: day(date) });
}

/** A refusal as an error of the answer: its path from the answer down. */
function below(refusal) {
  return { ...refusal, path: refusal.path.slice(ABOUT_VALUE) };
}

function inWords(error, config) {
  return { ...error, message: told(error, config) };
}
