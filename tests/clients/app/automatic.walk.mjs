// What Apollo Client sends when documents are registered as they come. node automatic.walk.mjs URL AUTHORIZATION
import { gql } from "@apollo/client";
import { connect } from "./automatic.mjs";

const [url, authorization] = process.argv.slice(2);
const COMPANY = gql`query AutomaticCompany { company { name } }`;
const CREATE = gql`mutation AutomaticFlow($input: CreateFlowInput!) { createFlow(input: $input) { flow { name } } }`;
const sent = [];
const send = globalThis.fetch;
globalThis.fetch = (address, options) => {
  const brings = /query\W{1,3}(query|mutation)/.test(options?.body ?? new URL(address).search);
  sent.push(`${options.method} ${brings ? "document" : "hash"}`);
  return send(address, options);
};

async function asked() {
  const client = connect(url, authorization);
  const { data } = await client.query({ query: COMPANY });
  const variables = { input: { name: "Automatic", durationDays: 7 } };
  const made = await client.mutate({ mutation: CREATE, variables });
  client.stop();
  return [data.company.name, made.data.createFlow.flow.name, ...sent.splice(0)];
}

console.log(JSON.stringify([await asked(), await asked()]));
