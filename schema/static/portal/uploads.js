// One upload: announced through the API, then sent to the address that was given, and sent again while the connection is
// lost. An address that ended meanwhile is asked for anew.

import { UPLOAD } from "./api.js";
import { webAddress } from "./prose.js";
import { told } from "./words.js";

const PAUSES = [1, 2, 4, 8, 15, 30];

/** What came was not taken; trying the same file again does not help unless `again` is true. */
export class NotTaken extends Error {
  constructor(message, again = false) {
    super(message);
    this.again = again;
  }
}

export class Upload {
  /** `told` hears "announcing", "sending" with a share from 0 to 1, and "away". */
  constructor(submissions, block, file, told) {
    Object.assign(this, { submissions, block, file, told, ended: false });
  }

  /** Upload the file, and return its id. */
  async run() {
    for (let tries = 0; !this.ended; tries += 1) {
      this.told("announcing", 0);
      const ticket = await this.announced();
      const taken = await this.sentWhile(ticket);
      if (taken) return ticket.id;
      if (tries > 3) throw new NotTaken("", true);
    }
    throw new NotTaken("", false);
  }

  stop() {
    this.ended = true;
    this.request?.abort();
  }

  async announced() {
    const { name, type, size } = this.file;
    const input = { contentBlockId: this.block, filename: name, mime: type || "application/octet-stream", size };
    const { upload, refusals } = await this.submissions.send(UPLOAD, input);
    if (refusals.length) throw new NotTaken(told(refusals[0]));
    return upload;
  }

  /** Send the bytes until they arrive or the address ends; tell whether they arrived. */
  async sentWhile(ticket) {
    for (let tries = 0; !this.ended && Date.now() < Date.parse(ticket.expiresAt); tries += 1) {
      const status = await this.sent(ticket);
      if ((status >= 200 && status < 300) || (status === 409 && tries > 0)) return true; // an earlier try had arrived
      if (status === 403 || status === 404 || status === 410) return false;
      if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw new NotTaken(this.said, false);
      this.told("away", 0);
      await pause(PAUSES[Math.min(tries, PAUSES.length - 1)]);
    }
    return false;
  }

  sent({ url, method, headers }) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest(); // fetch does not tell how much was sent
      this.request = request;
      request.open(method, ours(url));
      for (const { name, value } of headers) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", ({ loaded, total }) => this.told("sending", total ? loaded / total : 0));
      request.addEventListener("loadend", () => {
        this.said = message(request);
        resolve(request.status);
      });
      request.send(this.file);
    });
  }
}

/** The address on the server that served this page, by whichever of its names it was given. */
function ours(url) {
  const { pathname, search } = new URL(webAddress(url) ?? url, location.origin);
  return pathname + search;
}

function message(request) {
  try {
    return told(JSON.parse(request.responseText)) ?? "";
  } catch {
    return "";
  }
}

function pause(seconds) {
  return new Promise((resolve) => {
    const end = () => {
      removeEventListener("online", end);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    addEventListener("online", end);
  });
}
