// What the stock clients, as they come, do when a connection is closed with a code, or a stream ends in some way.
// node stock.mjs < {codes, streams}
import { readFileSync } from "node:fs";
import { createClient as ofSockets } from "graphql-ws";
import { createClient as ofStreams } from "graphql-sse";

const { codes, streams } = JSON.parse(readFileSync(0, "utf8"));
const query = "subscription { events { cursor } }";
const atOnce = async () => null;

/** A server that lets in, and closes with the code when something is asked for; `again` is told of a second connection. */
const closingWith = (code, again, opened = { count: 0 }) =>
  class {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;

    constructor() {
      opened.count += 1;
      this.readyState = 1;
      if (opened.count > 1) again();
      else setTimeout(() => this.onopen());
    }

    send(text) {
      const { type } = JSON.parse(text);
      if (type === "connection_init") setTimeout(() => this.onmessage({ data: '{"type":"connection_ack"}' }));
      if (type === "subscribe") setTimeout(() => ((this.readyState = 3), this.onclose({ code, reason: "" })));
    }

    close() {}
  };

function closed(code) {
  return new Promise((done) => {
    const webSocketImpl = closingWith(code, () => done("comes again"));
    const client = ofSockets({ url: "ws://here", webSocketImpl, retryWait: atOnce });
    client.subscribe({ query }, { next: () => null, error: () => done("gives up"), complete: () => done("ends") });
  });
}

const NEXT = 'event: next\ndata: {"errors":[{"message":"no"}]}\n\n';

function answer(way) {
  if (/^\d+$/.test(way)) return new Response("", { status: Number(way) });
  const body = new ReadableStream({
    start(stream) {
      const said = way === "complete" ? `${NEXT}event: complete\ndata:\n\n` : NEXT;
      stream.enqueue(new TextEncoder().encode(said));
      setTimeout(() => stream.close(), 20);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function ended(way) {
  let asked = 0;
  return new Promise((done) => {
    const fetchFn = async () => ((asked += 1) > 1 ? answer("complete") : answer(way));
    const client = ofStreams({ url: "http://here", fetchFn, retry: atOnce });
    const end = () => done(asked > 1 ? "comes again" : "ends");
    client.subscribe({ query }, { next: () => null, error: end, complete: end });
  });
}

const saw = { codes: {}, streams: {} };
for (const code of codes) saw.codes[code] = await closed(code);
for (const way of streams) saw.streams[way] = await ended(way);
console.log(JSON.stringify(saw));
