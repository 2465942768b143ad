import { createClient } from "graphql-sse";
import relay from "relay-runtime";

export function connect(url, authorization, name = "relay-app") {
  const headers = { authorization, "graphql-client-name": name, "content-type": "application/json" };

  async function fetched({ id }, variables) {
    const body = JSON.stringify({ documentId: id, variables });
    const response = await fetch(url, { method: "POST", headers, body });
    return response.json();
  }

  const streams = createClient({ url, headers });
  const streamed = ({ id }, variables) =>
    relay.Observable.create((sink) => streams.subscribe({ documentId: id, variables }, sink));

  return new relay.Environment({
    network: relay.Network.create(fetched, streamed),
    store: new relay.Store(new relay.RecordSource()),
  });
}
