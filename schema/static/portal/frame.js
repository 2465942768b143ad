// What stands around every view: the company, how far the person is, the stages, and whether the server is reached.

import { at, h, icon, keyed } from "./dom.js";
import { mediaAddress } from "./prose.js";
import { day, percent, t } from "./words.js";

const ICONS = { COMPLETED: "tick", LOCKED: "lock", UPCOMING: "clock" };

export class Frame {
  constructor(portal) {
    this.portal = portal;
    this.built = false;
    this.wasAway = false;
    this.state = "idle";
  }

  refresh() {
    if (!this.portal.session) return;
    if (!this.built) this.build();
    this.built = true;
    this.refreshProgress();
    const begun = this.portal.session.newHire.startedAt !== null;
    at("stages").hidden = !begun;
    this.toggle.hidden = !begun;
    at("top").hidden = false;
    keyed(this.list, this.items, begun ? this.portal.session.stages : [], (stage) => new Item(this, stage));
    this.connection(this.state);
  }

  build() {
    at("skip").textContent = t("skip");
    this.saved = h("span", { class: "saved" });
    this.meter = h("div", { class: "meter", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": t("progress") });
    this.bar = h("span", {});
    this.meter.append(this.bar);
    this.count = h("span", { class: "count" });
    this.list = h("ol", { id: "stage-list" });
    this.items = new Map();
    this.toggle = h(
      "button",
      { type: "button", class: "toggle", "aria-expanded": "false", "aria-controls": "stage-list", on: { click: () => this.unfold() } },
      icon("list"), h("span", {}, t("stages")), icon("down"),
    );
    at("top").replaceChildren(
      h("div", { class: "bar" }, this.brand(), this.saved),
      h("div", { class: "way" }, this.meter, h("div", { class: "way-words" }, this.count, this.toggle)),
    );
    at("stages").setAttribute("aria-label", t("yourStages"));
    at("stages").replaceChildren(h("h2", { class: "nav-title" }, t("yourStages")), this.list);
    at("stages").addEventListener("keydown", (event) => event.key === "Escape" && this.fold(true));
  }

  brand() {
    const { name, logoUrl } = this.portal.session.company;
    const address = logoUrl && mediaAddress(logoUrl);
    const words = h("span", { class: "company", dir: "auto" }, name);
    if (!address) return h("div", { class: "brand" }, words);
    const logo = h("img", { class: "logo", src: address, alt: "" });
    logo.addEventListener("error", () => logo.remove());
    return h("div", { class: "brand" }, logo, words);
  }

  refreshProgress() {
    const { blocksPct, completedStages, totalStages } = this.portal.session.progress;
    const words = t("progressText", { n: totalStages, done: completedStages });
    this.count.textContent = words;
    this.meter.setAttribute("aria-valuenow", String(blocksPct));
    this.meter.setAttribute("aria-valuetext", `${words}. ${t("progressBlocks", { percent: percent(blocksPct) })}`);
    this.bar.style.setProperty("--share", String(blocksPct / 100));
  }

  unfold() {
    const open = at("stages").classList.toggle("unfolded");
    this.toggle.setAttribute("aria-expanded", String(open));
    if (open) at("stages").querySelector("button")?.focus();
  }

  fold(focus = false) {
    if (!at("stages").classList.contains("unfolded")) return;
    at("stages").classList.remove("unfolded");
    this.toggle.setAttribute("aria-expanded", "false");
    if (focus) this.toggle.focus();
  }

  go(stage) {
    this.fold();
    this.portal.show(stage.id);
  }

  /** Show whether the server is reached; what changes about it is also said. */
  connection(state) {
    this.state = state;
    const away = state === "away";
    if (away !== this.wasAway) {
      at("notices").replaceChildren(...(away ? [awayNotice()] : []));
      this.portal.announce(away ? `${t("awayTitle")}. ${t("awayText")}` : t("backAgain"));
      this.wasAway = away;
    }
    if (this.saved) this.saved.replaceChildren(...this.words(state));
    this.portal.view?.connected?.(!away);
  }

  words(state) {
    if (state === "away") return this.portal.busy ? [icon("away"), t("kept")] : [icon("away"), t("awayTitle")];
    if (this.portal.busy) return [t("saving")];
    return this.portal.submissions.sent ? [icon("tick"), t("saved")] : [];
  }
}

function awayNotice() {
  return h("div", { class: "notice" }, icon("away"), h("p", {}, h("strong", {}, t("awayTitle")), " ", t("awayText")));
}

/** One stage in the list. */
class Item {
  constructor(frame, stage) {
    this.frame = frame;
    this.mark = h("span", { class: "mark", "aria-hidden": "true" });
    this.name = h("span", { class: "stage-name", lang: frame.portal.contentLanguage(), dir: "auto" });
    this.status = h("span", { class: "faint" });
    this.button = h("button", { type: "button", on: { click: () => frame.go(this.stage) } }, this.mark, h("span", { class: "stage-words" }, this.name, this.status));
    this.element = h("li", {}, this.button);
    this.refresh(stage);
  }

  refresh(stage) {
    this.stage = stage;
    const here = this.frame.portal.place === stage.id;
    this.element.className = stage.status.toLowerCase();
    this.mark.replaceChildren(ICONS[stage.status] ? icon(ICONS[stage.status]) : String(stage.position + 1));
    this.name.textContent = stage.name;
    this.status.textContent = t(`status${stage.status}`, { day: stage.opensOn && day(stage.opensOn) });
    if (here) this.button.setAttribute("aria-current", "step");
    else this.button.removeAttribute("aria-current");
  }
}
