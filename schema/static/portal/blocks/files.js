// An answer of files: chosen, uploaded with a bar that shows how far, tried again, removed.

import { h, icon, newId } from "../dom.js";
import { Upload } from "../uploads.js";
import { bytes, t } from "../words.js";
import { Editor, hint } from "./editor.js";

const KINDS = { "application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP", "image/heic": "HEIC", "text/plain": "TXT" };

export class Files extends Editor {
  /** `given.submissions` sends, `given.announce` speaks to those who do not see the bar. */
  constructor(block, changed, about, given) {
    super(block, changed, about);
    this.given = given;
    this.rows = [];
    this.hint = hint(...this.says());
    this.input = h("input", { type: "file", id: newId("file"), class: "unseen", multiple: this.most > 1, accept: this.accept.join(","), on: { change: () => this.add() } });
    this.label = h("span", {});
    this.whole = this.place("", [this.input], [...about, ...(this.hint ? [this.hint.id] : [])]);
    this.list = h("ul", { class: "files" });
    this.button = h("label", { class: "button quiet add", for: this.input.id }, icon("up"), this.label);
    this.element = h("div", { class: "field" }, this.hint, this.list, this.input, this.button, this.whole.note);
    this.show();
  }

  get most() {
    return this.config.max_files ?? 1;
  }

  get accept() {
    return this.config.accept ?? [];
  }

  get kinds() {
    return this.accept.map((kind) => KINDS[kind] ?? kind.split("/").pop().toUpperCase()).join(", ");
  }

  says() {
    const { max_bytes: size } = this.config;
    const most = this.most > 1 && size && t("filesHint", { max: this.most, size: bytes(size) });
    return [this.kinds && t("filesKinds", { kinds: this.kinds }), most || (size && t("filesSize", { size: bytes(size) }))];
  }

  get value() {
    const ids = this.rows.map(({ fileId }) => fileId).filter(Boolean);
    return ids.length ? { fileIds: ids } : null;
  }

  set value(value) {
    const uploads = new Map(this.block.uploads.map((each) => [each.id, each]));
    const never = this.block.status === "PENDING" && !value;
    const stored = this.block.uploads.filter(({ status }) => status === "STORED").map(({ id }) => id);
    const ids = never ? stored : (value?.fileIds ?? []);
    this.rows = ids.map((id) => new Row(this, uploads.get(id) ?? { filename: t("aFile") }, id));
    this.show();
  }

  get missing() {
    return t("missingFile");
  }

  lacking() {
    if (this.rows.some(({ busy }) => busy)) return [{ path: [], message: t("uploadWaits") }];
    return super.lacking();
  }

  add() {
    const chosen = [...this.input.files];
    this.input.value = "";
    const problem = this.rows.length + chosen.length > this.most ? t("tooMany", { n: this.most }) : chosen.map((file) => this.wrongWith(file)).find(Boolean);
    if (problem) return this.say([{ path: [], message: problem }]);
    this.clear();
    for (const file of chosen) this.begin(file);
    return this.show();
  }

  begin(file) {
    const row = new Row(this, { filename: file.name, size: file.size });
    this.rows.push(row);
    row.upload(file);
  }

  wrongWith({ name, size, type }) {
    const { max_bytes: max } = this.config;
    if (size === 0) return t("emptyFile", { name });
    if (max && size > max) return t("tooLarge", { name, size: bytes(size), max: bytes(max) });
    const fits = (kind) => kind === type || (kind.endsWith("/*") && type.startsWith(kind.slice(0, -1))) || kind.startsWith(".");
    return type && this.accept.length && !this.accept.some(fits) ? t("wrongKind", { name, kinds: this.kinds }) : null;
  }

  remove(row) {
    row.work?.stop();
    this.rows = this.rows.filter((each) => each !== row);
    this.clear();
    this.show();
    this.changed();
    this.input.focus();
  }

  show() {
    this.list.replaceChildren(...this.rows.map(({ element }) => element));
    this.list.hidden = this.rows.length === 0;
    this.label.textContent = this.rows.length ? t("anotherFile") : t(this.most > 1 ? "addFiles" : "addFile");
    const full = this.rows.length >= this.most;
    this.button.hidden = this.input.hidden = full;
    this.whole.controls = full ? this.rows.map(({ remove }) => remove) : [this.input];
  }
}

/** One file of the list. */
class Row {
  constructor(files, { filename, size, thumbnailUrl }, fileId = null) {
    Object.assign(this, { files, name: filename, fileId, busy: false });
    this.note = h("span", { class: "faint" }, size ? bytes(size) : "");
    this.bar = h("progress", { max: "1", value: 0, hidden: true, "aria-label": t("uploading", { name: filename }) });
    this.again = button(t("retry"), t("retryFile", { name: filename }), () => this.upload(this.file));
    this.again.hidden = true;
    this.remove = button(t("remove"), t("removeFile", { name: filename }), () => files.remove(this));
    const text = h("span", { class: "file-name" }, h("span", { dir: "auto" }, filename), this.note, this.bar);
    this.element = h("li", {}, picture(thumbnailUrl, filename), text, this.again, this.remove);
  }

  async upload(file) {
    this.file = file;
    this.become({ busy: true });
    this.work = new Upload(this.files.given.submissions, this.files.block.id, file, (state, share) => this.move(state, share));
    try {
      this.fileId = await this.work.run();
      this.become({ note: bytes(file.size) });
      this.files.given.announce(t("uploaded", { name: file.name }));
      this.files.clear();
      this.files.changed();
    } catch (reason) {
      if (!this.work.ended) this.fail(reason);
    }
  }

  fail(reason) {
    this.become({ failed: true, again: reason.again !== false });
    this.files.say([{ path: [], message: `${this.name}: ${reason.message || t("uploadFailed")}` }]);
    this.files.given.announce(t("uploadFailed"));
  }

  move(state, share) {
    this.bar.value = share;
    this.note.textContent = state === "away" ? t("uploadAway") : "";
  }

  become({ busy = false, failed = false, again = false, note = "" }) {
    this.busy = busy;
    this.bar.hidden = !busy;
    this.again.hidden = !again;
    this.note.textContent = failed ? t("uploadFailed") : note;
    this.element.classList.toggle("failed", failed);
  }
}

function button(text, name, act) {
  return h("button", { type: "button", class: "small", "aria-label": name, on: { click: act } }, text);
}

/** A file's small picture, or a drawing of a sheet. */
export function picture(address, filename) {
  if (!address) return h("span", { class: "thumb" }, icon("file"));
  return h("img", { class: "thumb", src: address, alt: t("previewOf", { name: filename }), loading: "lazy", width: 44, height: 44 });
}
