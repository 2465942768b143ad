// Subscribe with graphql-ws, as a dashboard would, until somebody is done; what was received is printed as JSON.
// node watch.mjs < {url, token, query, variables}
import { readFileSync } from "node:fs";
import { createClient } from "graphql-ws";

const { url, token, query, variables } = JSON.parse(readFileSync(0, "utf8"));
const client = createClient({ url, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
const received = [];
for await (const { data, errors } of client.iterate({ query, variables })) {
  if (errors) throw new Error(JSON.stringify(errors));
  received.push(data.onboardingProgress);
  if (data.onboardingProgress.state.status === "COMPLETED") break;
}
await client.dispose();
console.log(JSON.stringify(received));
