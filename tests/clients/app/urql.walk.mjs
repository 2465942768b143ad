// What an app does with urql, by the hashes of its manifest alone. node urql.walk.mjs URL AUTHORIZATION
import { Client, fetchExchange, gql } from "@urql/core";
import { connect } from "./urql.mjs";
import { codesOf, text, walked } from "./walking.mjs";

const [url, authorization] = process.argv.slice(2);
const { client, sockets } = connect(url, authorization);

function dataOf({ data, error }) {
  if (error) throw error;
  return data;
}

await walked("urql", {
  query: async (name, variables) => dataOf(await client.query(gql(text(name)), variables)),
  mutate: async (name, variables) => dataOf(await client.mutation(gql(text(name)), variables)),
  subscribe: (name, variables, next, failed) => {
    const messages = client.subscription(gql(text(name)), variables);
    return messages.subscribe(({ data, error }) => (error ? failed(error) : next(data))).unsubscribe;
  },
  adHoc: async (own) => {
    const headers = { authorization, "graphql-client-name": "urql-app" };
    const plain = new Client({ url, fetchOptions: { headers }, exchanges: [fetchExchange] });
    const { data, error } = await plain.query(gql(own), {});
    return error ? codesOf(error) : { data };
  },
});
await sockets.dispose();
