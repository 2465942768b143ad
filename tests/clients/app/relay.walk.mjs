// What an app does with relay-runtime, by the ids that relay-compiler wrote. node relay.walk.mjs URL AUTHORIZATION
import { createRequire } from "node:module";
import relay from "relay-runtime";
import { connect } from "./relay.mjs";
import { codesOf, walked } from "./walking.mjs";

const [url, authorization] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const compiled = (name) => require(`./relay/__generated__/documents${name}.graphql.js`);
const environment = connect(url, authorization);
const fragment = require("./relay/__generated__/documents_flows.graphql.js");

/** Fetch a query, and keep what it brings in the store for as long as the program runs. */
async function fetched(name, variables) {
  const request = compiled(name);
  environment.retain(relay.createOperationDescriptor(request, variables));
  return relay.fetchQuery(environment, request, variables).toPromise();
}

/** What the store knows of the list: the pages that were fetched, joined by Relay. */
const listed = (root) => environment.lookup(relay.getSingularSelector(fragment, root)).data.flows;

let shown = 0;
async function page({ where, after }) {
  const name = after ? "MoreFlowsQuery" : "FlowsQuery";
  const { edges, pageInfo } = listed(await fetched(name, { count: 2, where, ...(after ? { cursor: after } : {}) }));
  const nodes = edges.slice(shown).map((edge) => edge.node);
  shown = edges.length;
  return { flows: { nodes, pageInfo } };
}

await walked("Relay", {
  query: (name, variables) => (name === "Flows" ? page(variables) : fetched(`${name}Query`, variables)),
  mutate: (name, variables) =>
    new Promise((onCompleted, onError) =>
      relay.commitMutation(environment, { mutation: compiled(`${name}Mutation`), variables, onCompleted, onError }),
    ),
  subscribe: (name, variables, onNext, onError) => {
    const subscription = compiled(`${name}Subscription`);
    return relay.requestSubscription(environment, { subscription, variables, onNext, onError }).dispose;
  },
  adHoc: async (query) => {
    const headers = { authorization, "graphql-client-name": "relay-app", "content-type": "application/json" };
    return codesOf(await (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })).json());
  },
});
