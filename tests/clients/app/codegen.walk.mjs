// What an app does with what graphql-codegen made, by the hashes in it alone. node codegen.walk.mjs URL AUTHORIZATION
import { connect } from "./codegen.mjs";
import * as made from "./src/gql/graphql.ts";
import { codesOf, walked } from "./walking.mjs";

const [url, authorization] = process.argv.slice(2);
const { run, subscribe } = connect(url, authorization);

async function answered(name, variables) {
  const answer = await run(made[`${name}Document`], variables);
  if (answer.errors) throw answer;
  return answer.data;
}

await walked("codegen", {
  query: answered,
  mutate: answered,
  subscribe: (name, variables, next, error) =>
    subscribe(made[`${name}Document`], variables, { next: ({ data }) => next(data), error, complete: () => null }),
  adHoc: async (query) => {
    const headers = { authorization, "graphql-client-name": "codegen-app", "content-type": "application/json" };
    return codesOf(await (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })).json());
  },
});
