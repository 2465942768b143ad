// The state of the page: the session as the server last told it, what is to be sent, and which part of it is looked at.

import { COMPLETE, COMPLETE_BLOCK, COMPLETE_BLOCK_QUIETLY, COMPLETE_STAGE, LOOK, START } from "./api.js";
import { at } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Frame } from "./frame.js";
import { Submissions } from "./submissions.js";
import { dress } from "./theme.js";
import { Unsent } from "./unsent.js";
import { doneView } from "./views/done.js";
import { finishView } from "./views/finish.js";
import { StageView } from "./views/stage.js";
import { welcomeView } from "./views/welcome.js";
import { speak, t } from "./words.js";

const STALE = 300_000;

export class Portal {
  constructor(ask) {
    this.submissions = new Submissions(ask, (state) => this.frame.connection(state));
    this.unsent = new Unsent();
    this.drafts = new Drafts(this.submissions, this.unsent, (block, outcome) => this.view?.saved?.(block, outcome));
    this.frame = new Frame(this);
    this.session = null;
    this.view = null;
    this.place = null;
    addEventListener("popstate", ({ state }) => state && this.session && this.show(state.place, { going: false }));
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
    document.addEventListener("visibilitychange", () => this.comeBack());
    setInterval(() => this.comeBack(), STALE); // addresses of files end after a quarter of an hour, and others do their part
  }

  get busy() {
    return this.submissions.busy || this.drafts.busy;
  }

  get reached() {
    return this.submissions.state !== "away";
  }

  async open() {
    await this.look();
    const left = this.stage(history.state?.place);
    this.show(left?.status === "OPEN" ? left.id : this.here(), { going: false });
    for (const stage of this.session.stages)
      for (const { id } of stage.blocks) if (this.unsent.has(id)) this.drafts.resume(id, stage.id);
  }

  async look() {
    const begun = this.accepted;
    const session = await this.submissions.look(LOOK);
    if (begun === this.accepted) this.accept(session); // else something newer came meanwhile
  }

  /** Look again when it is long ago: others may have done their part while the page lay in the background. */
  comeBack() {
    if (!document.hidden && this.session && !this.busy && Date.now() - this.lastSeen > STALE) this.look();
  }

  /** Take a session that the server told, and show what has changed. */
  accept(session) {
    if (!session) return;
    const first = !this.session;
    this.session = session;
    this.accepted = {};
    this.lastSeen = Date.now();
    if (first) {
      speak(session.language, ...(navigator.languages ?? []));
      dress(session.company);
      this.unsent.retain(new Set(session.stages.flatMap(({ blocks }) => blocks.map(({ id }) => id))));
    }
    this.frame.refresh();
    this.view?.refresh?.();
  }

  /** Where the person is: a stage's id, or "welcome", "finish", "done". */
  here() {
    const { newHire, canComplete, currentStage } = this.session;
    if (newHire.status === "PENDING" || !newHire.startedAt) return "welcome";
    if (newHire.status !== "ACTIVE") return "done";
    return canComplete ? "finish" : currentStage.id;
  }

  /** Show a place, and put the focus at its title, so that it is read. */
  show(place, { going = true } = {}) {
    const stage = this.stage(place);
    const known = stage && this.session.newHire.startedAt ? place : this.here();
    if (going && known !== this.place) history.pushState({ place: known }, "", location.pathname);
    else history.replaceState({ place: known }, "", location.pathname);
    this.place = known;
    this.view = this.made(known);
    at("main").replaceChildren(this.view.element);
    this.frame.refresh();
    document.title = `${this.view.title} · ${this.session.company.name}`;
    scrollTo(0, 0);
    this.view.heading.focus({ preventScroll: true });
  }

  made(place) {
    const views = { welcome: welcomeView, finish: finishView, done: doneView };
    return views[place] ? views[place](this) : new StageView(this, place);
  }

  stage(id) {
    return this.session.stages.find((each) => each.id === id);
  }

  /** The stage that comes after one in the order of the flow and can be worked on, or the current one. */
  after(id) {
    const { stages, currentStage } = this.session;
    const at = stages.findIndex((each) => each.id === id);
    const open = stages.slice(at + 1).find(({ status }) => status === "OPEN");
    return open ?? this.stage(currentStage?.id);
  }

  async start() {
    const payload = await this.submissions.send(START, {});
    return this.moved(payload);
  }

  async finish() {
    const payload = await this.submissions.send(COMPLETE, {});
    return this.moved(payload);
  }

  /** Go to where a move led; a refusal means that the page was out of date. */
  async moved({ session, refusals }) {
    if (refusals.length) await this.look();
    else this.accept(session);
    this.show(this.here());
    return refusals;
  }

  /** Complete blocks with their answers, in order, and take the session that comes of it; return what was refused. */
  async completeAll(answers) {
    const last = answers.length - 1;
    const sent = answers.map((each, place) => this.complete(each, place < last ? COMPLETE_BLOCK_QUIETLY : COMPLETE_BLOCK));
    const outcomes = await Promise.all(sent);
    const session = outcomes.at(-1)?.session;
    if (session) this.accept(session);
    else if (outcomes.length) await this.look();
    return outcomes.filter(({ refusals }) => refusals.length);
  }

  async complete({ block, value }, document) {
    this.drafts.leave(block.id);
    const entry = this.unsent.get(block.id);
    const { session, refusals } = await this.submissions.send(document, { contentBlockId: block.id, value });
    if (!refusals.length) this.unsent.acknowledge(block.id, entry);
    return { block, session, refusals };
  }

  completeStage(stage) {
    return this.submissions.send(COMPLETE_STAGE, { stageId: stage.id });
  }

  /** Tell those who do not see it. */
  announce(text) {
    const said = at("said");
    said.textContent = said.textContent === text ? `${text}\u00a0` : text;
  }

  /** The language of what the company wrote, where it is not that of the page. */
  contentLanguage() {
    return this.session.language;
  }

  label(stage) {
    const place = this.session.stages.indexOf(stage) + 1;
    return t("stageOf", { n: place, total: this.session.stages.length });
  }
}
