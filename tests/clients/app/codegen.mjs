import { createClient } from "graphql-sse";

export function connect(url, authorization, name = "codegen-app") {
  const headers = { authorization, "graphql-client-name": name, "content-type": "application/json" };
  const named = (document, variables) => ({ documentId: document.__meta__.hash, variables });

  async function run(document, variables) {
    const body = JSON.stringify(named(document, variables));
    const response = await fetch(url, { method: "POST", headers, body });
    return response.json();
  }

  const streams = createClient({ url, headers });
  const subscribe = (document, variables, sink) => streams.subscribe(named(document, variables), sink);
  return { run, subscribe };
}
