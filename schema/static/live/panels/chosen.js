// A panel that follows one of several things, which one chooses from a list: the list follows what it lists, and the
// choice stays with the tab.

import { Away, serverNow } from "../../signed_in/api.js";
import { h, soon } from "../../signed_in/dom.js";
import { clock, whole } from "../../signed_in/times.js";
import { frame } from "./panel.js";

const TRY_AGAIN_IN = 5_000;

export class Chosen {
  /**
   * `told` says what there is to choose from (`id`, `label`, `looking`, `none`, `gone`, `changed`: a subscription),
   * and the subscription `watch`, whose variable `chosen` is an id. A panel has `list(ask)`, which reads the choices and
   * names the best of them, and `show(state)`.
   */
  constructor({ follow, ask }, { name, title, told, shown }) {
    Object.assign(this, { follow, ask, told, chosen: null, kept: `workgraph.live.${told.id}` });
    this.choice = h("select", { id: told.id, on: { change: () => this.choose(this.choice.value) } });
    this.since = h("p", { class: "faint" });
    this.content = h("div", { hidden: true }, ...shown, this.since);
    const control = h("div", { class: "controls" }, h("div", { class: "field" }, h("label", { for: told.id }, told.label), this.choice));
    this.frame = frame(name, title, control, this.content);
    this.element = this.frame.element;
    this.frame.say(told.looking);
    this.again = soon(() => this.ended || this.read(), 300);
    this.choices = follow(told.changed, {}, { next: this.again, ended: (message, code) => this.unfollowed(message, code) });
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    this.choices.stop();
    this.watched?.stop();
  }

  /** What to do where it is not told which choices there are; they may be read even so. */
  unfollowed(message, code) {
    this.frame.refuse(code, message);
  }

  /** Read the choices, when the connection stands and whenever one of them changes. */
  async read() {
    try {
      const found = await this.list(this.ask);
      if (!this.ended) this.offer(found);
    } catch (error) {
      if (error instanceof Away) this.timer = setTimeout(this.again, TRY_AGAIN_IN);
      if (!this.chosen) this.frame.refuse(error.code, error.message);
    }
  }

  offer({ choices, best }) {
    const offered = JSON.stringify(choices);
    if (offered !== this.offered) this.choice.replaceChildren(...choices.map(({ id, name }) => h("option", { value: id }, name)));
    this.offered = offered;
    this.choice.disabled = !choices.length;
    if (!choices.length) return this.leave(this.told.none);
    const wanted = this.chosen ?? sessionStorage.getItem(this.kept);
    const id = choices.some((each) => each.id === wanted) ? wanted : best;
    this.choice.value = id;
    if (id !== this.chosen) this.choose(id);
  }

  leave(why) {
    this.watched?.stop();
    this.watched = this.chosen = null;
    this.content.hidden = true;
    this.frame.say(why);
  }

  choose(id) {
    this.leave("One moment …");
    this.chosen = id;
    sessionStorage.setItem(this.kept, id);
    this.empty();
    const ended = (message, code) => (message ? this.refused(message, code) : this.leave(this.told.gone));
    this.watched = this.follow(this.told.watch, { chosen: id }, { next: ({ state }) => this.tell(state), ended });
  }

  refused(message, code) {
    this.content.hidden = true;
    this.frame.refuse(code, message);
  }

  tell(state) {
    this.frame.say(null);
    this.content.hidden = false;
    this.show(state);
    const now = serverNow();
    const time = h("time", { datetime: new Date(now).toISOString(), title: whole(now) }, clock(now));
    this.since.replaceChildren("As of ", time, ".");
  }
}

/** One number with its name. */
export class Figure {
  constructor() {
    this.name = h("dt");
    this.count = h("dd");
    this.element = h("div", {}, this.name, this.count);
  }

  refresh({ id, count }) {
    this.name.textContent = id;
    this.count.textContent = String(count);
  }
}

/** Let a row light up once. */
export function flash(element) {
  element.classList.remove("changed");
  void element.offsetWidth; // so that the same animation runs again
  element.classList.add("changed");
}
